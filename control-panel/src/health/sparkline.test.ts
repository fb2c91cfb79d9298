import { expect, it } from 'vitest';
import { latest, sparkline } from './sparkline.ts';

it.each<[(number | null)[], string]>([
  [[], ''],
  [[5], ''],
  [[0, 10], 'M0.0 20.0L100.0 0.0'],
  [[5, 5, 5], 'M0.0 10.0L50.0 10.0L100.0 10.0'],
  [[0, null, 10, 0], 'M0.0 20.0M66.7 0.0L100.0 20.0'],
])('draws %j', (values, path) => {
  expect(sparkline(values, 100, 20)).toBe(path);
});

it('knows the newest value', () => {
  expect(latest([1, 2, null])).toBe(2);
  expect(latest([null])).toBeNull();
});
