import { expect, it } from 'vitest';
import { Scaler } from './scale.ts';

const STRIDE = 32;

function plane(value: (x: number, y: number) => number, width = STRIDE, height = 32): Buffer {
  const bytes = Buffer.alloc(width * height);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) bytes[y * width + x] = value(x, y);
  return bytes;
}

function scaled(source: Buffer, from: { x: number; y: number; width: number; height: number }, width: number, height: number): number[] {
  const bytes = Buffer.alloc(STRIDE * 32);
  new Scaler().draw({ bytes: source, offset: 0, stride: STRIDE, area: from }, { bytes, offset: 0, stride: STRIDE, area: { x: 4, y: 2, width, height } });
  return Array.from({ length: width * height }, (_, index) => bytes[(2 + Math.floor(index / width)) * STRIDE + 4 + (index % width)] as number);
}

/** What a box average is, written the slow way. */
function expected(source: Buffer, from: { x: number; y: number; width: number; height: number }, width: number, height: number): number[] {
  const step = { x: from.width / width, y: from.height / height };
  return Array.from({ length: width * height }, (_, index) => {
    const left = from.x + (index % width) * step.x;
    const top = from.y + Math.floor(index / width) * step.y;
    let sum = 0;
    for (let y = 0; y < step.y; y += 1) for (let x = 0; x < step.x; x += 1) sum += source[(top + y) * STRIDE + left + x] as number;
    return Math.floor(sum / (step.x * step.y) + 0.5);
  });
}

const noise = plane((x, y) => (x * 97 + y * 57 + x * y * 13) % 256);
const white = plane(() => 255);

it.each([
  ['copies', { x: 3, y: 1, width: 8, height: 6 }, 8, 6],
  ['halves', { x: 0, y: 0, width: 32, height: 16 }, 16, 8],
  ['halves an aligned crop', { x: 8, y: 4, width: 16, height: 8 }, 8, 4],
  ['halves a crop that is not aligned', { x: 3, y: 1, width: 16, height: 8 }, 8, 4],
  ['quarters', { x: 0, y: 0, width: 32, height: 32 }, 8, 8],
  ['quarters a crop that is not aligned', { x: 2, y: 0, width: 16, height: 16 }, 4, 4],
  ['thirds', { x: 1, y: 0, width: 24, height: 24 }, 8, 8],
  ['scales each way by itself', { x: 0, y: 0, width: 16, height: 32 }, 8, 8],
])('%s', (_what, from, width, height) => {
  const exact = expected(noise, from, width, height);
  const largestError = Math.max(...scaled(noise, from, width, height).map((pixel, at) => Math.abs(pixel - (exact[at] as number))));
  // Rows and columns are rounded one after the other where no fast path does both at once.
  expect(largestError).toBeLessThanOrEqual(1);
  expect(new Set(scaled(white, from, width, height))).toEqual(new Set([255]));
});

it('weighs the parts of pixels that a new one covers', () => {
  // Three pixels make two: each has one whole pixel and half of the middle one.
  expect(scaled(plane((x) => [30, 90, 240][x] ?? 0), { x: 0, y: 0, width: 3, height: 1 }, 2, 1)).toEqual([50, 190]);
});

it('enlarges by going over from one pixel to the next', () => {
  expect(scaled(plane((x) => x * 40), { x: 0, y: 0, width: 2, height: 1 }, 4, 1)).toEqual([0, 10, 30, 40]);
});

it.each([[7, 5], [31, 30], [13, 29], [3, 32]])('keeps a flat picture flat from %i pixels to %i', (from, to) => {
  expect(new Set(scaled(plane(() => 137), { x: 0, y: 0, width: from, height: from }, Math.min(to, 28), 28))).toEqual(new Set([137]));
});
