import { expect, it } from 'vitest';
import { gainWords, snapped, turnedDown } from './gain.ts';

it.each([[3, '+3 dB'], [0, '0 dB'], [-0.2, '0 dB'], [-12, '−12 dB']])('%d dB is said as %s', (gainDb, said) => {
  expect(gainWords(gainDb)).toBe(said);
});

it('turns down by 6 dB, and never below what a fader has', () => {
  expect([turnedDown(0), turnedDown(-38)]).toEqual([-6, -40]);
});

it('holds the middle', () => {
  expect([snapped(1.4), snapped(-1), snapped(2), snapped(-7)]).toEqual([0, 0, 2, -7]);
});
