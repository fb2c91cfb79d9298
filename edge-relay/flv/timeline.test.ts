import { expect, it } from 'vitest';
import { Timeline } from './timeline.ts';

const T = 1_790_000_000_000_000;
const MS = 1_000;

/** Capture times in ms after T, `k` for a keyframe's, `|` where the publisher changes; and what they become. */
it.each<[string, string[], (number | null)[]]>([
  ['begins at 0 with the first keyframe', ['-20', '0k', '40', '21'], [null, 0, 40, 21]],
  ['has no place before its beginning', ['0k', '-10'], [0, null]],
  ['keeps a pause that belongs to the class', ['0k', '2000'], [0, 2000]],
  ['passes over a pause that players would halt at', ['0k', '40', '9000', '9040k', '9080'], [0, 40, null, 80, 120]],
  ['goes on where a clock was set back', ['0k', '40', '-60000', '-59960k', '-59920'], [0, 40, null, 80, 120]],
  ['goes on with the next publisher, whose clock is its own', ['0k', '40', '|', '500', '540k', '580', '|', '-700k', '-650'], [0, 40, null, 80, 120, 160, 210]],
])('%s', (_, given, expected) => {
  const timeline = new Timeline();
  const stamps: (number | null)[] = [];
  for (const word of given) {
    if (word === '|') timeline.break();
    else stamps.push(timeline.at(T + Number.parseInt(word, 10) * MS, word.endsWith('k')));
  }
  expect(stamps).toEqual(expected);
});

it('says when 0 was, also after a seam', () => {
  const timeline = new Timeline();
  expect(timeline.baseUs).toBeNull();
  timeline.at(T, true);
  expect(timeline.baseUs).toBe(T);
  timeline.break();
  timeline.at(T + 5_000 * MS, true);
  expect(timeline.baseUs).toBe(T + 4_960 * MS);
});

it('finds a place for a group of pictures that began long ago, and then for what follows it', () => {
  const timeline = new Timeline();
  timeline.at(T, true);
  expect([-8_000, -10, 40, 9_000].map((ms) => timeline.place(T + ms * MS))).toEqual([0, 0, 40, 9_000]);
  expect(timeline.at(T + 9_040 * MS, false)).toBe(9_040);
});
