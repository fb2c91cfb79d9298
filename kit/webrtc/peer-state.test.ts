import { expect, test } from 'vitest';
import { CHECK_WITHIN_MS, HANDSHAKE_WITHIN_MS, next, SILENCE_MS, type Phase, type PhaseEvent } from './peer-state.ts';

const waiting: Phase = { name: 'waiting', sinceMs: 0 };
const handshaking: Phase = { name: 'handshaking', sinceMs: 0 };
const connected: Phase = { name: 'connected', heardAtMs: 0 };
const closed: Phase = { name: 'closed', reason: 'x' };
const time = (atMs: number): PhaseEvent => ({ type: 'time-passed', atMs });

test.each<[string, Phase, PhaseEvent, string]>([
  ['a proven path begins the handshake', waiting, { type: 'path-proven', atMs: 1 }, 'handshaking'],
  ['keys connect', handshaking, { type: 'keys-agreed', atMs: 1 }, 'connected'],
  ['keys without a path are nothing', waiting, { type: 'keys-agreed', atMs: 1 }, 'waiting'],
  ['a check while handshaking changes nothing', handshaking, { type: 'path-proven', atMs: 1 }, 'handshaking'],
  ['still waiting', waiting, time(CHECK_WITHIN_MS - 1), 'waiting'],
  ['nobody came', waiting, time(CHECK_WITHIN_MS), 'closed'],
  ['the handshake takes too long', handshaking, time(HANDSHAKE_WITHIN_MS), 'closed'],
  ['a pause is no end', connected, time(SILENCE_MS - 1), 'connected'],
  ['silence is', connected, time(SILENCE_MS), 'closed'],
  ['ended from any phase', connected, { type: 'ended', reason: 'y' }, 'closed'],
  ['closed stays closed', closed, { type: 'path-proven', atMs: 1 }, 'closed'],
])('%s', (_name, phase, event, expected) => expect(next(phase, event).name).toBe(expected));

test('hearing the far end begins the silence anew, and the first reason stays', () => {
  const heard = next(connected, { type: 'heard', atMs: 10_000 });
  expect(next(heard, time(SILENCE_MS + 5000)).name).toBe('connected');
  expect(next(heard, time(SILENCE_MS + 10_000))).toEqual({ name: 'closed', reason: 'no answer from the network for 15 s' });
  expect(next(closed, { type: 'ended', reason: 'y' })).toBe(closed);
});
