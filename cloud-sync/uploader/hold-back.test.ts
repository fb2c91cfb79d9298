import { expect, it } from 'vitest';
import type { IndexLine } from '../contract/recording-folder.ts';
import { releasable } from './hold-back.ts';

const SECOND_US = 1_000_000;
const line = (kind: IndexLine['kind'], durationUs = 0): IndexLine => ({ kind, offset: 0, bytes: 1, sha256: '', captureUs: 0, durationUs });
const part = (seconds: number, ended: boolean): IndexLine[] => [
  line('init'), ...Array.from({ length: seconds }, () => line('fragment', SECOND_US)), ...(ended ? [line('end')] : []),
];

it.each([
  ['all but the newest 45 s', [part(60, false)], [16]],
  ['nothing of a class that has just begun, not even its beginning', [part(44, false)], [0]],
  ['nothing while exactly that much is there', [part(45, false)], [0]],
  ['across parts, with the closing index of one that is held back', [part(100, true), part(10, false)], [66, 0]],
  ['whole parts that are old enough', [part(10, true), part(30, true), part(45, false)], [12, 32, 0]],
  ['all of an old part though the newest one is still empty', [part(50, true), [line('init')]], [6, 0]],
  ['nothing where there is nothing', [], []],
])('releases %s', (_what, indexes, expected) => {
  expect(releasable(indexes)).toEqual(expected);
});

it('never takes back what it released, whatever is appended', () => {
  let before = 0;
  for (let seconds = 1; seconds < 120; seconds += 1) {
    const [now = 0] = releasable([part(seconds, false)]);
    expect(now).toBeGreaterThanOrEqual(before);
    before = now;
  }
});
