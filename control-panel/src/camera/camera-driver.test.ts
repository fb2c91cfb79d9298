import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CameraDriver } from './camera-driver.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function driverWith(connected: boolean, mayDrive = () => true) {
  const sent: unknown[] = [];
  const asked: unknown[] = [];
  const driver = new CameraDriver(
    'c1',
    {
      mayDrive,
      send: (message) => {
        if (connected) sent.push(message);
        return connected;
      },
      drive: async (camera, drive) => asked.push(['drive', camera, drive]),
      stopCamera: async (camera) => asked.push(['stop', camera]),
    },
    () => undefined,
  );
  return { driver, sent, asked };
}

const right = { pan: 1, tilt: 0, zoom: 0 };

it('repeats the wish while it lasts, and stops twice over when it ends', () => {
  const { driver, sent, asked } = driverWith(true);
  driver.want(right);
  vi.advanceTimersByTime(360);
  expect(sent).toHaveLength(4);
  driver.want({ pan: 0, tilt: 0, zoom: 0 });
  expect(sent.at(-1)).toEqual({ type: 'drive', camera: 'c1', pan: 0, tilt: 0, zoom: 0 });
  expect(asked).toEqual([['stop', 'c1']]);
  vi.advanceTimersByTime(1_000);
  expect(sent).toHaveLength(5);
});

it('sends the newest of many wishes with each frame', () => {
  const { driver, sent } = driverWith(true);
  for (let at = 0; at < 5_000; at += 10) {
    driver.want({ pan: at / 5_000 + 0.01, tilt: 0, zoom: 0 });
    vi.advanceTimersByTime(10);
  }
  expect(sent.length).toBeGreaterThan(115);
  expect(sent.length).toBeLessThanOrEqual(126);
  expect(sent.at(-1)).toMatchObject({ pan: expect.closeTo(1, 1) });
});

it('falls back to requests without a connection', () => {
  const { driver, asked } = driverWith(false);
  driver.want(right);
  driver.stop();
  driver.stop();
  expect(asked).toEqual([
    ['drive', 'c1', right],
    ['stop', 'c1'],
  ]);
});

it('lets go by itself once nobody may steer, and takes no new wish then', () => {
  let may = true;
  const { driver, sent, asked } = driverWith(true, () => may);
  driver.want(right);
  may = false;
  vi.advanceTimersByTime(1_000);
  expect([sent.at(-1), asked]).toEqual([{ type: 'drive', camera: 'c1', pan: 0, tilt: 0, zoom: 0 }, [['stop', 'c1']]]);
  driver.want(right);
  may = true;
  vi.advanceTimersByTime(10_000);
  expect(sent).toHaveLength(2);
});

it('has one request under way at most, so that none is left to arrive late', async () => {
  const answers: (() => void)[] = [];
  const drive = vi.fn(() => new Promise<void>((resolve) => answers.push(resolve)));
  const driver = new CameraDriver('c1', { mayDrive: () => true, send: () => false, drive, stopCamera: async () => undefined }, () => undefined);
  driver.want(right);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(drive).toHaveBeenCalledTimes(1);
  answers[0]?.();
  await vi.advanceTimersByTimeAsync(130);
  expect(drive).toHaveBeenCalledTimes(2);
  driver.stop();
});
