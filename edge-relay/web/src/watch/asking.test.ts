import { expect, it } from 'vitest';
import { askAgainAfterMs, isPassing } from './asking.ts';

const refusal = (code: string, status: number, details: Record<string, unknown> = {}) => ({ code, status, details });

it.each([
  ['is soon asked again while it is out of reach', refusal('unreachable', 0), true, 2_000],
  ['is soon asked again after a failure', refusal('internal', 500), true, 2_000],
  ['is asked now and then for what a person may change', refusal('too_many_viewers', 409), false, 10_000],
  ['is asked when it said, while it is full', refusal('edge_full', 503, { retryAfterMs: 31_000 }), true, 31_000],
  ['is asked when it said, while it is emptied', refusal('draining', 503, { retryAfterMs: 2_000 }), true, 2_000],
  ['is not asked at once, whatever it says', refusal('edge_full', 503, { retryAfterMs: 1 }), true, 2_000],
  ['is asked within minutes, whatever it says', refusal('edge_full', 503, { retryAfterMs: 1e12 }), true, 120_000],
  ['is asked as ever where it said nothing of use', refusal('edge_full', 503, { retryAfterMs: 'soon' }), true, 2_000],
  ['is not asked by the page alone after it asked the student to leave', refusal('sent_away', 403, { retryAfterMs: 5_000 }), false, 2_147_483_647],
])('a service %s', (_, error, passing, waitMs) => {
  expect([isPassing(error), askAgainAfterMs(error)]).toEqual([passing, waitMs]);
});
