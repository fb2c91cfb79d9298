import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { grayPicture, rgbaPicture } from './pictures.ts';
import { readTimecode } from './timecode.ts';

const TIME = Date.UTC(2026, 10, 21, 3, 45, 58, 123);

describe('reads the strip', () => {
  test.each([
    ['as painted', 1280, 720],
    ['at 360p', 640, 360],
    ['at 1080p', 1920, 1080],
    ['small', 426, 240],
  ])('%s', (_name, width, height) => {
    expect(readTimecode(painted(TIME, width, height))).toBe(TIME);
  });

  test('with limited range and noise', () => {
    const { luma, ...size } = painted(TIME, 1280, 720);
    const noisy = { ...size, luma: (x: number, y: number) => 30 + luma(x, y) * 0.7 + ((x * 7 + y * 13) % 20) };
    expect(readTimecode(noisy)).toBe(TIME);
  });

  test('where the camera is only a part of the picture', () => {
    const camera = painted(TIME, 640, 360);
    const page = { width: 1280, height: 720, luma: (x: number, y: number) => (x >= 600 && y >= 300 ? camera.luma(x - 600, y - 300) : 90) };
    expect(readTimecode(page, { left: 600, top: 300, width: 640, height: 360 })).toBe(TIME);
    expect(readTimecode(page)).toBeNull();
  });

  test('from canvas pixels', () => {
    const gray = painted(TIME, 640, 360);
    const pixels = Uint8ClampedArray.from({ length: 640 * 360 * 4 }, (_, at) => gray.luma((at >> 2) % 640, Math.floor((at >> 2) / 640)));
    expect(readTimecode(rgbaPicture(pixels, 640, 360))).toBe(TIME);
  });
});

describe('says null', () => {
  test('to a picture without a strip', () => {
    expect(readTimecode(grayPicture(new Uint8Array(1280 * 720).fill(80), 1280, 720))).toBeNull();
  });

  test('to a time that cannot be', () => {
    expect(readTimecode(painted(12_345, 1280, 720))).toBeNull();
  });

  test('to two times blended into one', () => {
    const [one, other] = [painted(TIME, 1280, 720), painted(TIME + 40, 1280, 720)];
    expect(readTimecode({ ...one, luma: (x, y) => (one.luma(x, y) + other.luma(x, y)) / 2 })).toBeNull();
  });
});

test('its source stands alone, for a browser page', () => {
  const context = { picture: painted(TIME, 640, 360) };
  expect(runInNewContext(`(${readTimecode.toString()})(picture)`, context)).toBe(TIME);
});

function painted(time: number, width: number, height: number) {
  const bits = time.toString(2).padStart(48, '0');
  const luma = (x: number, y: number): number => {
    const [column, row] = [Math.floor(((x + 0.5) / width) * 80), Math.floor(((y + 0.5) / height) * 45)];
    return column < 24 && row < 2 ? (bits[row * 24 + column] === '1' ? 255 : 0) : 128;
  };
  return { width, height, luma };
}
