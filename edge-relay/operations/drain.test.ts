import { expect, it } from 'vitest';
import { Drain, dueNow } from './drain.ts';

it.each([
  [0, 10_000, 0.9, 0],
  [100, 10_000, 0, 10],
  [100, 10_000, 0.99, 10],
  [1, 60_000, 0.5, 0],
  [1, 60_000, 0.99, 1],
  [7, 1_000, 0, 7],
  [7, 0, 0, 7],
  [7, -5_000, 0, 7],
])('of %i who wait with %i ms left and chance %f, %i go', (waiting, leftMs, chance, go) => {
  expect(dueNow(waiting, leftMs, 1_000, chance)).toBe(go);
});

/** Plays it second by second; the second in which each session went. */
function played(drain: Drain, sessions: readonly string[]): Map<string, number> {
  const went = new Map<string, number>();
  for (let second = 1; second <= 60; second += 1) {
    const here = sessions.filter((session) => !went.has(session));
    for (const session of drain.due(here, second * 1_000, 1_000)) went.set(session, second);
  }
  return went;
}

it('spreads those who leave over the whole time, everybody once', () => {
  const drain = new Drain();
  const sessions = Array.from({ length: 600 }, (_, at) => `s${at}`);
  drain.begin(0, 60);
  const went = played(drain, sessions);
  expect(went.size).toBe(600);
  for (const from of [1, 21, 41]) {
    const third = [...went.values()].filter((second) => second >= from && second < from + 20).length;
    expect(third).toBeGreaterThan(150);
  }
});

it('keeps out who was sent on, and lets everybody back when it is undone', () => {
  const drain = new Drain();
  drain.begin(0, 0);
  expect(drain.due(['a'], 1_000, 1_000)).toEqual(['a']);
  expect(() => drain.demandHere('a')).toThrow(expect.objectContaining({ code: 'draining', status: 503 }));
  expect(() => drain.demandNotDraining()).toThrow(expect.objectContaining({ code: 'draining' }));
  drain.demandHere('b');
  drain.stop();
  drain.demandHere('a');
  drain.demandNotDraining();
  expect(drain.due(['a'], 2_000, 1_000)).toEqual([]);
});

it('does not begin anew when it is asked for twice, and sends publishers on from its end', () => {
  const drain = new Drain();
  drain.begin(0, 10);
  drain.begin(5_000, 10);
  expect(drain.draining).toEqual({ sinceMs: 0, untilMs: 10_000 });
  drain.begin(6_000, 20);
  expect(drain.draining).toEqual({ sinceMs: 0, untilMs: 20_000 });
  // A connection that was begun before the end may stand after it.
  expect([drain.publishersDue(19_999), drain.publishersDue(20_000), drain.publishersDue(21_000)]).toEqual([false, true, true]);
  drain.stop();
  expect(drain.publishersDue(22_000)).toBe(false);
});
