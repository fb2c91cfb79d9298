import { expect, it } from 'vitest';
import { FrameAdmission } from './frame-admission.ts';
import { Pacer } from './pacer.ts';

it('leaves out whole frames from the first that would be late to a keyframe that has room', () => {
  const admission = new FrameAdmission();
  const frames: [keyframe: boolean, waitMs: number][] = [[true, 0], [false, 900], [false, 1_001], [false, 100], [true, 400], [false, 50], [true, 300], [false, 350]];
  expect(frames.map(([keyframe, waitMs]) => admission.admits('high', keyframe, waitMs))).toEqual([true, true, false, false, false, false, true, true]);
});

it('judges every layer by itself', () => {
  const admission = new FrameAdmission();
  expect([admission.admits('high', false, 2_000), admission.admits('low', false, 10), admission.admits('high', false, 10)]).toEqual([false, true, false]);
});

it('is told by the pacer how long what waits will take', () => {
  const pacer = new Pacer(() => 0);
  pacer.limit(800_000);
  for (let packet = 0; packet < 100; packet += 1) pacer.push(1_000, () => undefined);
  // 100 bytes a millisecond: 1,000 ms of it, less what left at once.
  expect(pacer.waitMs).toBeGreaterThan(400);
  expect(pacer.waitMs).toBeLessThan(1_000);
  pacer.close();
  expect(pacer.waitMs).toBe(0);
});
