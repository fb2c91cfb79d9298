import { describe, expect, it } from 'vitest';
import { isUnseen } from './edge-watch.ts';
import { publishAddress } from './rtmp.ts';
import { NO_UPLINK, nextUplink, wayOf, waysOf, type UplinkEvent, type UplinkState, type Way } from './uplink-state.ts';
import { answersFromCache } from './whip-sink.ts';

const NOW = 100_000;
const LATER = NOW + 1;
const LONG_AGO = NOW - 60_000;
const trying = (way: Way, deadlineMs = NOW): UplinkState => ({ kind: 'trying', way, deadlineMs, failures: 0, relapses: 0 });
const on = (way: Way, retryAtMs = NOW): UplinkState => ({ kind: 'on', way, sinceMs: LONG_AGO, retryAtMs, relapses: 0 });
const beside = (way: Way, better: Way): UplinkState => ({ kind: 'on-trying', way, sinceMs: LONG_AGO, better, deadlineMs: NOW, relapses: 0 });
const relapsed = (way: Way, relapses: number, sinceMs: number): UplinkState => ({ kind: 'on', way, sinceMs, retryAtMs: LATER, relapses });
/** Stands for five seconds only. */
const young = (way: Way, relapses: number): UplinkState => relapsed(way, relapses, NOW - 5_000);
const waiting = (untilMs = NOW): UplinkState => ({ kind: 'waiting', untilMs, failures: 2 });
const PLAIN = waysOf({ rtmps: false });
const SEALED = waysOf({ rtmps: true });
const tick: UplinkEvent = { type: 'tick' };
const connected = (way: Way): UplinkEvent => ({ type: 'connected', way });
const failed = (way: Way): UplinkEvent => ({ type: 'failed', way, reason: 'why' });
const short = (state: UplinkState): string => [state.kind, ...('way' in state ? [state.way] : []), ...('better' in state ? [state.better] : [])].join(' ');

describe('the uplink', () => {
  const table: [from: UplinkState, event: UplinkEvent, state: string, effects: string][] = [
    [NO_UPLINK, { type: 'begin' }, 'trying whip', 'open whip'],
    [trying('whip'), connected('whip'), 'on whip', ''],
    [trying('whip'), failed('whip'), 'trying whip-tcp', 'close whip, open whip-tcp'],
    [trying('whip'), tick, 'trying whip-tcp', 'close whip, open whip-tcp'],
    [trying('whip-tcp'), connected('whip-tcp'), 'on whip-tcp', ''],
    [trying('whip-tcp'), failed('whip-tcp'), 'trying rtmp', 'close whip-tcp, open rtmp'],
    [trying('rtmp'), connected('rtmp'), 'on rtmp', ''],
    [trying('rtmp'), failed('rtmp'), 'waiting', 'close rtmp'],
    [trying('rtmp'), tick, 'waiting', 'close rtmp'],
    [on('whip'), failed('whip'), 'trying whip', 'close whip, open whip'],
    [on('whip'), { type: 'unseen' }, 'trying whip', 'close whip, open whip'],
    [on('rtmp'), failed('rtmp'), 'trying whip', 'close rtmp, open whip'],
    [on('rtmp'), { type: 'unseen' }, 'trying whip', 'close rtmp, open whip'],
    [on('whip-tcp'), tick, 'on-trying whip-tcp whip', 'open whip'],
    [on('rtmp'), tick, 'on-trying rtmp whip', 'open whip'],
    [beside('rtmp', 'whip'), connected('whip'), 'on whip', 'close rtmp'],
    [beside('rtmp', 'whip'), failed('whip'), 'on-trying rtmp whip-tcp', 'close whip, open whip-tcp'],
    [beside('rtmp', 'whip'), tick, 'on-trying rtmp whip-tcp', 'close whip, open whip-tcp'],
    [beside('rtmp', 'whip-tcp'), connected('whip-tcp'), 'on whip-tcp', 'close rtmp'],
    [beside('rtmp', 'whip-tcp'), failed('whip-tcp'), 'on rtmp', 'close whip-tcp'],
    [beside('whip-tcp', 'whip'), tick, 'on whip-tcp', 'close whip'],
    [beside('rtmp', 'whip'), failed('rtmp'), 'trying whip', 'close rtmp'],
    [beside('rtmp', 'whip'), { type: 'unseen' }, 'trying whip', 'close rtmp'],
    [young('whip', 0), failed('whip'), 'trying whip', 'close whip, open whip'],
    [young('whip', 1), failed('whip'), 'trying whip-tcp', 'close whip, open whip-tcp'],
    [young('whip', 1), { type: 'unseen' }, 'trying whip-tcp', 'close whip, open whip-tcp'],
    [young('rtmp', 1), { type: 'unseen' }, 'waiting', 'close rtmp'],
    [relapsed('whip', 5, LONG_AGO), failed('whip'), 'trying whip', 'close whip, open whip'],
    [waiting(), tick, 'trying whip', 'open whip'],
    [waiting(LATER), { type: 'target-changed' }, 'trying whip', 'open whip'],
    [trying('whip'), { type: 'end' }, 'idle', 'close whip'],
    [beside('rtmp', 'whip'), { type: 'end' }, 'idle', 'close whip, close rtmp'],
    [waiting(), { type: 'end' }, 'idle', ''],
  ];
  it.each(table)('%o takes %o', (from, event, state, effects) => {
    const step = nextUplink(from, event, NOW, 0.5, PLAIN);
    expect([short(step.state), step.effects.map(({ type, way }) => `${type} ${way}`).join(', ')]).toEqual([state, effects]);
  });

  it.each([
    [NO_UPLINK, connected('whip')],
    [NO_UPLINK, tick],
    [on('whip'), { type: 'begin' }],
    [on('whip'), tick],
    [on('whip'), failed('rtmp')],
    [trying('whip', LATER), tick],
    [on('rtmp', LATER), tick],
    [waiting(LATER), tick],
    [trying('rtmp'), failed('whip')],
  ] as [UplinkState, UplinkEvent][])('%o ignores %o', (state, event) => {
    expect(nextUplink(state, event, NOW, 0.5, PLAIN)).toEqual({ state, effects: [] });
  });

  it.each<[UplinkState, UplinkEvent, string, string]>([
    [trying('whip-tcp'), failed('whip-tcp'), 'trying rtmps', 'close whip-tcp, open rtmps'],
    [trying('rtmps'), failed('rtmps'), 'waiting', 'close rtmps'],
    [beside('rtmps', 'whip-tcp'), tick, 'on rtmps', 'close whip-tcp'],
  ])('an edge with RTMPS: %o takes %o', (from, event, state, effects) => {
    const step = nextUplink(from, event, NOW, 0.5, SEALED);
    expect([short(step.state), step.effects.map(({ type, way }) => `${type} ${way}`).join(', ')]).toEqual([state, effects]);
  });

  it('waits longer after each failure, up to four seconds, and never gives up', () => {
    let state: UplinkState = NO_UPLINK;
    const waits: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      for (const event of [{ type: 'begin' }, tick, ...PLAIN.map(failed)] as UplinkEvent[]) {
        state = nextUplink(state, event, state.kind === 'waiting' ? state.untilMs : NOW, 1, PLAIN).state;
      }
      if (state.kind === 'waiting') waits.push(state.untilMs - NOW);
      if (state.kind === 'waiting') state = { ...state, untilMs: NOW };
    }
    expect(waits.slice(0, 5)).toEqual([500, 1_000, 2_000, 4_000, 4_000]);
    expect(waits).toHaveLength(20);
  });

  it('goes the next way where a better one stands again and again and carries nothing, and tries it less and less often', () => {
    /** Everything connects, and WHIP over UDP is blocked five seconds later. */
    const firewall = (state: UplinkState, nowMs: number): UplinkEvent => {
      if (state.kind === 'trying') return connected(state.way);
      if (state.kind === 'on-trying') return connected(state.better);
      return state.kind === 'on' && state.way === 'whip' && nowMs - state.sinceMs >= 5_000 ? failed('whip') : tick;
    };
    let state: UplinkState = nextUplink(NO_UPLINK, { type: 'begin' }, 0, 0.5, SEALED).state;
    let [losses, carriedMs] = [0, 0];
    for (let nowMs = 0; nowMs < 3_600_000; nowMs += 500) {
      const event = firewall(state, nowMs);
      if (event.type === 'failed') losses += 1;
      state = nextUplink(state, event, nowMs, 0.5, SEALED).state;
      if (wayOf(state) === 'whip-tcp') carriedMs += 500;
    }
    expect(losses).toBeLessThan(10);
    expect(carriedMs).toBeGreaterThan(3_500_000);
  });

  it('goes through an outage of two minutes by itself, and is back within seconds of its end', () => {
    let step = nextUplink(on('whip', 0), failed('whip'), 0, 0.5, SEALED);
    let nowMs = 0;
    const backAtMs = 120_000;
    for (; wayOf(step.state) === null && nowMs < 180_000; nowMs += 100) {
      const { state } = step;
      const event: UplinkEvent = state.kind === 'trying' && nowMs >= backAtMs ? connected(state.way) : tick;
      step = nextUplink(state, event, nowMs, 0.5, SEALED);
    }
    expect(nowMs - backAtMs).toBeLessThan(4_500);
    for (; wayOf(step.state) !== 'whip' && nowMs < 240_000; nowMs += 100) {
      step = nextUplink(step.state, step.state.kind === 'on-trying' ? connected('whip') : tick, nowMs, 0.5, SEALED);
    }
    expect(wayOf(step.state)).toBe('whip');
  });

  it('names the way that carries the class', () => {
    expect([NO_UPLINK, trying('whip'), on('whip'), on('whip-tcp'), beside('rtmp', 'whip'), waiting()].map(wayOf)).toEqual([null, null, 'whip', 'whip-tcp', 'rtmp', null]);
  });
});

describe('a dead connection', () => {
  const away = { askedAtMs: NOW - 500, live: false, viewers: 0, delayMs: 0 };
  it.each([
    ['the edge has had nothing for long', NOW - 5_000, away, -Infinity, true],
    ['it has only just connected', NOW - 3_000, away, -Infinity, false],
    ['the edge had it a moment ago', NOW - 60_000, away, NOW - 3_000, false],
    ['the edge has it', NOW - 60_000, { ...away, live: true }, NOW, false],
    ['the edge does not answer: that proves nothing', NOW - 60_000, { ...away, askedAtMs: NOW - 3_000 }, -Infinity, false],
    ['nothing is being sent', null, away, -Infinity, false],
  ] as const)('%s', (_when, since, sight, lastLive, expected) => {
    expect(isUnseen(since, sight, lastLive, NOW)).toBe(expected);
  });
});

it('answers a wish for a keyframe from the cache only to a receiver that has just come', () => {
  expect(answersFromCache(0, 0, 400)).toBe(false);
  expect(answersFromCache(0, 0, 500)).toBe(true);
  expect(answersFromCache(0, 1_000, 2_001)).toBe(false);
});

it('gives the server the room and its key', () => {
  expect(publishAddress('rtmp://edge/live/room-301', 'a.b-c=')).toBe('rtmp://edge/live/room-301?key=a.b-c%3D');
  expect(publishAddress('rtmps://edge/live/room-301?x=1', 'k')).toBe('rtmps://edge/live/room-301?x=1&key=k');
});
