import { expect, it } from 'vitest';
import { looked, noStalls } from './stalls.ts';

const after = (looks: readonly boolean[]) => looks.reduce((stalls, stands, at) => looked(stalls, stands, at * 500), noStalls);

it.each([
  ['nothing', [], 0, 0],
  ['a picture that moves', [false, false, false], 0, 0],
  ['one stall, from the look that saw it to the look that saw it over', [false, true, true, false], 1, 1_000],
  ['two', [true, false, true, false], 2, 1_000],
  ['one that goes on', [false, true, true], 1, 500],
] as const)('counts %s', (_, looks, freezes, stalledMs) => {
  expect(after(looks)).toMatchObject({ freezes, stalledMs });
});
