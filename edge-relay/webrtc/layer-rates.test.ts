import { expect, it } from 'vitest';
import { LayerRates } from './layer-rates.ts';

const US = 1_000_000;
/** Frames of 5,000 bytes, 25 a second, with what each packet costs. */
const KBPS = 1_060;

function play(rates: LayerRates, from: number, until: number): void {
  for (let at = from; at < until; at += 0.04) rates.add('720p', at * US, 5_000);
}

it.each<[string, readonly (readonly [number, number])[], number | null]>([
  ['nothing of a layer that never came', [], null],
  ['nothing of one that has just begun', [[0, 0.5]], null],
  ['what it takes once a second of it was seen', [[0, 3]], KBPS],
  ['what it took of one that was left out for a while and begins again', [[0, 5], [9, 9.1]], KBPS],
  ['the same after a clock was set far back', [[100, 105], [5, 5.1]], KBPS],
  ['what it takes again a second later', [[0, 5], [9, 12]], KBPS],
  ['something of single pictures with pauses between', [[0, 0.01], [2, 2.01], [4, 4.01]], 42],
])('tells %s', (_what, spans, expected) => {
  const rates = new LayerRates();
  for (const [from, until] of spans) play(rates, from, until);
  const kbps = rates.kbpsOf('720p');
  if (expected === null || kbps === null) expect(kbps).toBe(expected);
  else expect(Math.abs(kbps - expected) / expected).toBeLessThan(0.1);
});

it('forgets the layers of another publisher', () => {
  const rates = new LayerRates();
  play(rates, 0, 2);
  rates.clear();
  expect(rates.kbpsOf('720p')).toBeNull();
});
