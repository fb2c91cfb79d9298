import { expect, it } from 'vitest';
import { holes, unstated } from './examine.ts';

const during = { fromMs: 0, toMs: 10_000 };

it('finds what no piece covers, at the ends too', () => {
  expect(holes([{ fromMs: 500, toMs: 3_000 }, { fromMs: 6_000, toMs: 9_950 }, { fromMs: 3_100, toMs: 4_000 }], during)).toEqual([
    { fromMs: 0, toMs: 500 },
    { fromMs: 4_000, toMs: 6_000 },
  ]);
  expect(holes([], during)).toEqual([during]);
});

it('asks nothing outside the time that it is asked about', () => {
  const recorded = [{ fromMs: 20_000, toMs: 30_000 }];
  expect(holes(recorded, { fromMs: 0, toMs: 0 })).toEqual([]);
  expect(holes(recorded, during)).toEqual([during]);
  expect(holes(recorded, { fromMs: 25_000, toMs: 26_000 })).toEqual([]);
});

it('forgives only what is stated', () => {
  const hole = { fromMs: 4_000, toMs: 6_000 };
  expect(unstated([hole], [{ fromMs: 3_950, toMs: 6_000 }])).toEqual([]);
  expect(unstated([hole], [{ fromMs: 3_950, toMs: 5_000 }])).toEqual([hole]);
});
