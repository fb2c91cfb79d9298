import { expect, it } from 'vitest';
import { GateSilence } from './gate-silence.ts';

/** The look at which it is called hung, of 200. */
function hungAt(silence: GateSilence, heardAt: readonly number[] = []): number | null {
  for (let look = 1; look <= 200; look += 1) {
    if (heardAt.includes(look)) silence.heard();
    if (silence.isHung()) return look;
  }
  return null;
}

it('gives a gate that starts 20 s to its first word, and 4 s to each that follows', () => {
  expect(hungAt(new GateSilence(250))).toBe(81);
  expect(hungAt(new GateSilence(250), [1])).toBe(17);
  expect(hungAt(new GateSilence(250), [1, 13])).toBe(29);
});

it('calls no gate hung that was frozen for 2.5 s, or that speaks as often as it should', () => {
  expect(hungAt(new GateSilence(250), [1, 11, 21, ...Array.from({ length: 180 }, (_, index) => index + 21)])).toBeNull();
});
