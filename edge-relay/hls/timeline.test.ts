import { expect, test } from 'vitest';
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
