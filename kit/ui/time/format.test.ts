import { describe, expect, it } from 'vitest';
import { absolute, bytes, clock, counter, date, delay, moment, relative, span } from './format.ts';

const now = Date.UTC(2026, 8, 7, 10, 0, 0);

describe('relative', () => {
  it.each([
    [now - 300, 'now', '刚刚'],
    [now - 2_900, '2 s ago', '2 秒前'],
    [now - 61_000, '1 min ago', '1 分钟前'],
    [now - 3 * 3_600_000, '3 h ago', '3 小时前'],
    [now + 20_001, 'in 21 s', '21 秒后'],
    [now + 4.2 * 60_000, 'in 5 min', '5 分钟后'],
    [now + 26 * 3_600_000, 'in 2 d', '2 天后'],
  ])('%d', (then, en, zh) => {
    expect(relative(then, now, 'en')).toBe(en);
    expect(relative(then, now, 'zh-CN')).toBe(zh);
  });

  it('becomes a date beyond two days', () => {
    expect(relative(now - 5 * 86_400_000, now, 'en')).toBe(date(now - 5 * 86_400_000, 'en'));
  });
});

it('counts like a stopwatch', () => {
  expect([0, 59_999, 60_000, 3_723_000, -5].map(counter)).toEqual(['0:00', '0:59', '1:00', '1:02:03', '0:00']);
});

it('says one unit of a span', () => {
  expect([1_500, 90_000, 5_400_000, 200_000_000].map((ms) => span(ms, 'en'))).toEqual(['1 s', '1 min', '1 h', '2 d']);
});

it('writes clocks and dates in the viewer’s zone', () => {
  expect(clock(now, 'en', 'Asia/Shanghai')).toBe('18:00');
  expect(clock(Date.UTC(2026, 8, 7), 'zh-CN', 'UTC')).toBe('00:00');
  expect(date(now, 'en', 'UTC')).toMatch(/^Mon,? 7 Sept?$/);
  expect(absolute(now, 'en', 'UTC')).toContain('Monday');
});

it.each([
  [0, 'today, 10:00', '今天 10:00'],
  [10 * 3_600_000, 'today, 20:00', '今天 20:00'],
  [15 * 3_600_000, 'tomorrow, 01:00', '明天 01:00'],
  [-11 * 3_600_000, 'yesterday, 23:00', '昨天 23:00'],
])('says the day of a moment %d ms from now', (distance, en, zh) => {
  expect([moment(now + distance, now, 'en', 'UTC'), moment(now + distance, now, 'zh-CN', 'UTC')]).toEqual([en, zh]);
});

it('names the date of what is further away', () => {
  expect(moment(now + 5 * 86_400_000, now, 'en', 'UTC')).toBe(`${date(now + 5 * 86_400_000, 'en', 'UTC')}, 10:00`);
});

it('is as exact about delays and sizes as a person can use', () => {
  expect([-40, 420, 2_360, 14_600].map((ms) => delay(ms, 'en'))).toEqual(['0.0 s', '0.4 s', '2.4 s', '15 s']);
  expect([0, 940_000, 1_240_000, 12_400_000, 1_440_000_000].map(bytes)).toEqual(['0 kB', '940 kB', '1.2 MB', '12 MB', '1.4 GB']);
});
