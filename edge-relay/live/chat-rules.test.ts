import { expect, it } from 'vitest';
import { fullAllowance, isFull, shownText, spend } from './chat-rules.ts';

it('lets three messages through at once and then one a second', () => {
  let allowance = fullAllowance(0);
  const waits: number[] = [];
  for (const nowMs of [0, 0, 0, 0, 400, 1_000, 1_100, 60_000, 60_000, 60_000, 60_000]) {
    const spent = spend(allowance, nowMs);
    allowance = spent.allowance;
    waits.push(spent.retryAfterMs);
  }
  expect(waits).toEqual([0, 0, 0, 1_000, 600, 0, 900, 0, 0, 0, 1_000]);
});

it('silences nobody for a clock that is set back by an hour', () => {
  const { allowance } = spend({ tokens: 1, atMs: 3_600_000 }, 0);
  expect(allowance).toEqual({ tokens: 0, atMs: 0 });
  expect([isFull(allowance, 2_999), isFull(allowance, 3_000), isFull({ ...allowance, atMs: 3_600_000 }, 0)]).toEqual([false, true, false]);
});

it.each([
  ['Good morning!', 'Good morning!'],
  ['  你好，老师  ', '你好，老师'],
  ['two\nlines', 'two lines'],
  ['a\u0000b\u001b[31mc\u0085', 'ab[31mc'],
  ['pay\u202eyap', 'payyap'],
  ['\u200b \ufeff', null],
  ['', null],
  ['x'.repeat(500), 'x'.repeat(500)],
  ['x'.repeat(501), null],
  ['👩‍🏫 hi', '👩‍🏫 hi'],
])('shows %j as %j', (given, shown) => {
  expect(shownText(given)).toBe(shown);
});
