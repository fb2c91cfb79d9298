import { describe, expect, test } from 'vitest';
import { SegmentTimeline } from './timeline.ts';

const START_US = 1_767_225_600_000_000;
const MSN = 1_767_225_600;
const at = (seconds: number): number => START_US + seconds * 1_000_000;

/** Feeds frames as `[second, keyframe]` and answers the boundary numbers, counted from the first, that they got. */
function numbers(timeline: SegmentTimeline, frames: readonly (readonly [number, boolean])[]): (string | null)[] {
  return frames.map(([second, keyframe]) => {
    const boundary = timeline.video(at(second), keyframe);
    return boundary === null ? null : `${boundary.msn - MSN}/${boundary.era}`;
  });
}

test.each<[string, [number, boolean][], (string | null)[]]>([
  ['nothing begins without a keyframe', [[0, false]], [null]],
  ['the first segment is one GOP of a second, the others are two', [[0, true], [0.5, false], [1, true], [2, true], [3, true], [4, true]], ['0/0', null, '1/0', '1/0', '2/0', '2/0']],
  ['aligned layers share boundaries', [[0, true], [0, true], [2, true], [2.004, true]], ['0/0', '0/0', '1/0', '1/0']],
  ['GOPs of 1.9 s are segments', [[0, true], [1.9, true], [3.8, true]], ['0/0', '1/0', '2/0']],
  ['without keyframes it cuts after ten seconds', [[0, true], [2.5, false], [5, false], [7.5, false], [10, false]], ['0/0', null, null, null, '1/0']],
  ['a pause of more than three seconds begins a new era', [[0, true], [3.1, false], [3.2, true]], ['0/0', null, '1/1']],
  ['a clock set back begins a new era', [[0, true], [-10, true], [-8, true]], ['0/0', '1/1', '2/1']],
  ['frames repeated from a GOP cache do not', [[0, true], [0.9, false], [0, true]], ['0/0', null, '0/0']],
])('%s', (_, frames, expected) => {
  expect(numbers(new SegmentTimeline(), frames)).toEqual(expected);
});

test('after a break everything waits for the next keyframe', () => {
  const timeline = new SegmentTimeline();
  timeline.video(at(0), true);
  timeline.breakAtNextKeyframe();
  expect(numbers(timeline, [[0.1, false]])).toEqual([null]);
  expect(timeline.breaking).toBe(true);
  expect(numbers(timeline, [[0.2, true]])).toEqual(['1/1']);
  expect(timeline.breaking).toBe(false);
});

test('a break before anything began is none', () => {
  const timeline = new SegmentTimeline();
  timeline.breakAtNextKeyframe();
  expect(numbers(timeline, [[0, true]])).toEqual(['0/0']);
});

test('sound finds its segment by capture time, and none from before the era', () => {
  const timeline = new SegmentTimeline();
  timeline.video(at(0), true);
  timeline.video(at(2), true);
  expect([-0.1, 0, 1.99, 2, 3].map((second) => timeline.at(at(second))?.msn ?? null)).toEqual([null, MSN, MSN, MSN + 1, MSN + 1]);
});

test('media time goes on over a new era and never goes back', () => {
  const timeline = new SegmentTimeline();
  timeline.video(at(0), true);
  timeline.video(at(1), false);
  timeline.breakAtNextKeyframe();
  expect(timeline.video(at(1.5), true)?.originUs).toBe(at(0));
  timeline.breakAtNextKeyframe();
  const back = timeline.video(at(-100), true);
  expect(at(-100) - (back?.originUs ?? 0)).toBe(1_540_000);
});

describe('the target duration', () => {
  /** Keyframes at these seconds, pictures 40 ms apart, until the last; answers what lay between boundaries. */
  function play(timeline: SegmentTimeline, keyframes: readonly number[]): number[] {
    const starts = new Map<number, number>();
    const last = Math.round((keyframes.at(-1) ?? 0) * 25);
    for (let index = 0; index <= last; index += 1) {
      const boundary = timeline.video(at(index / 25), keyframes.some((second) => Math.round(second * 25) === index));
      if (boundary !== null) starts.set(boundary.msn, boundary.startUs);
    }
    const begun = [...starts.values()];
    return begun.slice(1).map((startUs, index) => (startUs - (begun[index] ?? 0)) / 1_000_000);
  }
  const every = (seconds: number, until: number): number[] => Array.from({ length: Math.floor(until / seconds) + 1 }, (_, index) => index * seconds);

  test.each<[string, readonly number[], number, boolean]>([
    // what the publisher does: keyframes → target, whether all segments begin with one
    ['a second', every(1, 20), 3, true],
    ['half a second', every(0.48, 20), 3, true],
    ['irregular groups of a second at most', [0, 0.96, 1.84, 2.8, 3.76, 4.6, 5.56, 6.4, 7.36, 8.32], 3, true],
    ['two seconds', every(2, 20), 3, true],
    ['a browser that is asked', every(2.6, 26), 3, true],
    ['1.8 s, of which two would be too long', every(1.8, 36), 3, true],
    ['1.3 s while viewers come in, and 2.5 s when no more do', [...every(2.5, 10), 11.3, 12.6, 13.9, 15.2, 16.5, 17.8, 19.1, 21.6, 24.1, 26.6, 29.1], 3, true],
    ['1.3 s for longer than anybody remembers, then 2.5 s', [...every(1.3, 39), 41.5, 44, 46.5], 3, true],
    ['four seconds', every(4, 40), 4, true],
    ['250 frames at 30 a second', every(8.32, 50), 9, true],
    ['that never come in time', [0, 10.04, 20.12, 30.2], 10, false],
    ['short at first, then long: cut between keyframes', [0, 1, 2, 4, 12, 20], 3, false],
  ])('of keyframes %s apart', (_, keyframes, seconds, independent) => {
    const timeline = new SegmentTimeline();
    const lasted = play(timeline, keyframes);
    expect([timeline.targetSeconds, timeline.independent]).toEqual([seconds, independent]);
    expect(lasted.length).toBeGreaterThan(2);
    for (const duration of lasted) expect(Math.round(duration)).toBeLessThanOrEqual(seconds);
  });

  test('is not fixed by what ended early, and is no less than any segment that is listed', () => {
    const timeline = new SegmentTimeline();
    timeline.video(at(0), true);
    timeline.video(at(1.2), false);
    timeline.breakAtNextKeyframe();
    timeline.video(at(2), true);
    expect(timeline.announced).toBe(false);
    for (let frame = 1; frame <= 150; frame += 1) timeline.video(at(2 + frame / 25), false);
    timeline.breakAtNextKeyframe();
    timeline.video(at(8.1), true);
    expect([timeline.announced, timeline.announceTarget()]).toEqual([false, 6]);
  });

  test('stays what it was announced as', () => {
    const timeline = new SegmentTimeline();
    timeline.video(at(0), true);
    expect([timeline.announced, timeline.targetSeconds]).toEqual([false, 3]);
    for (let frame = 1; frame <= 200; frame += 1) timeline.video(at(frame / 25), false);
    expect(timeline.announced).toBe(false);
    expect(timeline.announceTarget()).toBe(8);
    timeline.breakAtNextKeyframe();
    expect(play(timeline, every(1, 20)).every((duration) => duration <= 2)).toBe(true);
    expect(timeline.targetSeconds).toBe(8);
  });

  test('of pictures a second apart: each is looked at as the last that fits', () => {
    const timeline = new SegmentTimeline();
    const starts = new Set<number>();
    for (let second = 0; second < 30; second += 1) starts.add(timeline.video(at(second), second % 2 === 0 && second < 3)?.startUs ?? -1);
    starts.delete(-1);
    const begun = [...starts];
    expect(begun.length).toBeGreaterThan(5);
    begun.slice(1).forEach((startUs, index) => expect(startUs - (begun[index] ?? 0)).toBeLessThan(3_500_000));
  });
});
