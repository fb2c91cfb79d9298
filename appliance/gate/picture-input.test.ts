import { expect, it } from 'vitest';
import { FramePool } from './frames.ts';
import { PictureInput } from './picture-input.ts';
import { SteadyArrivals } from './steady-arrivals.ts';

const BYTES = 6;

function input(delayMs = 0): { picture: PictureInput; clock: { nowMs: number }; pool: FramePool; send: (value: number) => void; shown: () => number | null } {
  const clock = { nowMs: 1_000 };
  const pool = new FramePool(BYTES);
  const picture = new PictureInput({ pool, frameBytes: BYTES, lumaBytes: 4, delayMs, nowMs: () => clock.nowMs });
  const send = (value: number): void => {
    for (let left = BYTES; left > 0; left -= 2) {
      picture.room().fill(value, 0, 2);
      picture.took(2);
    }
  };
  return { picture, clock, pool, send, shown: () => picture.tick()?.bytes[0] ?? null };
}

it('puts a frame together from pieces and repeats it until the next', () => {
  const { send, shown } = input();
  expect(shown()).toBeNull();
  send(1);
  expect([shown(), shown()]).toEqual([1, 1]);
  send(2);
  expect(shown()).toBe(2);
});

it('shows two frames that came together one after the other, and drops what is older', () => {
  const { send, shown } = input();
  for (const value of [1, 2, 3]) send(value);
  expect([shown(), shown(), shown()]).toEqual([2, 3, 3]);
});

it('takes the delay out when a frame always waits', () => {
  const { send, shown } = input();
  send(0);
  const seen = Array.from({ length: 60 }, (_, index) => {
    send(index + 1);
    return shown();
  });
  expect(seen[10]).toBe(10);
  expect(seen.at(-1)).toBe(60);
});

it('gives way to the slate after half a second and comes back with the next frame', () => {
  const { clock, send, shown } = input();
  send(1);
  shown();
  clock.nowMs += 501;
  expect(shown()).toBeNull();
  send(2);
  expect(shown()).toBe(2);
});

it('shows nobody the last picture of one laptop when the next one begins', () => {
  const { picture, clock, send, shown } = input(100);
  send(1);
  clock.nowMs += 100;
  expect(shown()).toBe(1);
  picture.closed();
  clock.nowMs += 601;
  expect(shown()).toBeNull();
  clock.nowMs += 3_600_000;
  send(2);
  expect([shown(), picture.shown, picture.report(1_000).luma]).toEqual([null, null, null]);
  clock.nowMs += 100;
  expect(shown()).toBe(2);
});

it('keeps its picture over a short stall', () => {
  const { clock, send, shown } = input(100);
  send(1);
  clock.nowMs += 600;
  expect(shown()).toBe(1);
  send(2);
  expect(shown()).toBe(1);
  clock.nowMs += 100;
  expect(shown()).toBe(2);
});

it('gives its frames back when it stalls, once, and not under whoever still reads them', () => {
  const { picture, clock, pool, send } = input();
  send(1);
  const read = picture.tick()?.hold();
  send(2);
  clock.nowMs += 501;
  picture.tick();
  picture.tick();
  // The input fills one, the reader has one, and that of 2 is free again.
  const taken = [pool.take(), pool.take()];
  expect(taken[0]?.bytes[0]).toBe(2);
  expect(new Set([...taken, read].map((frame) => frame?.bytes)).size).toBe(3);
  expect(read?.bytes[0]).toBe(1);
});

it('forgets a torn frame when the capture ends', () => {
  const { picture, send, shown } = input();
  picture.room().fill(9, 0, 3);
  picture.took(3);
  picture.closed();
  send(1);
  expect(shown()).toBe(1);
});

it('holds frames back by the delay', () => {
  const { clock, send, shown } = input(100);
  send(1);
  expect(shown()).toBeNull();
  clock.nowMs += 100;
  expect(shown()).toBe(1);
});

it('knows a picture that stands still, so that nobody has to draw it again', () => {
  const { picture, send } = input();
  const frames = [1, 1, 1, 2, 2].map((value) => {
    send(value);
    return picture.tick();
  });
  expect(new Set(frames).size).toBe(2);
  expect(frames[4]?.bytes[0]).toBe(2);
  expect(picture.report(1_000)).toMatchObject({ fps: 5, ageMs: 0 });
});

it('shows a frame that it holds back anyway at its own tick, however late it came', () => {
  const { clock, send, shown } = input(90);
  const seen: (number | null)[] = [];
  for (let frame = 0; frame < 100; frame += 1) {
    const lateMs = frame % 7 === 5 ? 35 : 0;
    if (lateMs === 0) send(frame);
    clock.nowMs += 20;
    seen.push(shown());
    clock.nowMs += 15;
    if (lateMs > 0) send(frame);
    clock.nowMs += 5;
  }
  expect(seen.slice(10)).toEqual(Array.from({ length: 90 }, (_, index) => index + 8));
});

/** So many seconds of a source, in a program of 25 pictures a second; `comesAt` tells when its frame number `n` reaches the gate. */
function lostOf(seconds: number, comesAt: (n: number) => number): number {
  const { picture, clock, send, shown } = input();
  const startMs = clock.nowMs;
  let sent = 0;
  for (let tick = 1; tick <= seconds * 25; tick += 1) {
    for (; comesAt(sent) < tick * 40; sent += 1) {
      clock.nowMs = startMs + comesAt(sent);
      send(sent % 251);
    }
    clock.nowMs = startMs + tick * 40;
    shown();
  }
  return picture.report(1_000).lost;
}

it.each<[string, (n: number) => number, number]>([
  ['nothing of a camera as fast as the program', (n) => n * 40 + 11, 0],
  ['nothing of one that is faster, whose surplus nobody could have seen', (n) => (n * 1_000) / 60, 0],
  ['nothing of one whose clock is a little fast', (n) => n * 39.9, 0],
  ['nothing of one that is slower', (n) => n * 100 + 3, 0],
  ['nothing of a screen that rests and then moves, faster than the program', (n) => (n < 5 ? n * 1_000 : 5_000 + (n - 5) * 33), 0],
  // Seven are there when the break is over: one is shown at that tick and one at the next.
  ['those that came all at once after a break', (n) => (n >= 50 && n < 56 ? 2_241 : n * 40 + 1), 5],
  ['those that came after the slate was on already', (n) => (n >= 50 && n < 75 ? 3_001 : n * 40 + 1), 24],
])('counts as lost %s', (_what, comesAt, lost) => {
  expect(lostOf(10, comesAt)).toBe(lost);
});

it('counts nothing as lost that a new connection brings at once: it may be of long ago', () => {
  const { picture, clock, send, shown } = input();
  send(1);
  for (let tick = 0; tick < 20; tick += 1) {
    shown();
    clock.nowMs += 40;
  }
  picture.closed();
  for (const value of [2, 3, 4, 5, 6]) send(value);
  shown();
  expect([picture.report(1_000).lost, picture.report(1_000).lost]).toEqual([0, 0]);
});

it('follows a source that comes later for good', () => {
  const arrivals = new SteadyArrivals();
  for (let frame = 0; frame < 25; frame += 1) arrivals.add(frame * 40);
  const late = Array.from({ length: 60 }, (_, index) => (25 + index) * 40 + 30).map((atMs) => atMs - arrivals.add(atMs));
  expect([late[0], late[20], late[59]]).toEqual([expect.closeTo(28.5, 1), expect.closeTo(10.2, 0), expect.closeTo(1.4, 0)]);
  expect(arrivals.add(85 * 40 + 500)).toBe(85 * 40 + 500);
});
