import { describe, expect, it } from 'vitest';
import { isUnseen } from './edge-watch.ts';
import { totalSizeOf } from './ffmpeg-progress.ts';
import { rtmpAddress, rtmpArguments } from './rtmp.ts';
import { NO_UPLINK, nextUplink, protocolOf, type UplinkEvent, type UplinkState } from './uplink-state.ts';
import { answersFromCache } from './whip-sink.ts';

const NOW = 100_000;
const tryingWhip: UplinkState = { kind: 'trying-whip', deadlineMs: NOW, failures: 0 };
const whip: UplinkState = { kind: 'whip' };
const tryingRtmp: UplinkState = { kind: 'trying-rtmp', deadlineMs: NOW, failures: 0 };
const rtmp: UplinkState = { kind: 'rtmp', retryWhipAtMs: NOW };
const both: UplinkState = { kind: 'rtmp-trying-whip', deadlineMs: NOW };
const waiting: UplinkState = { kind: 'waiting', untilMs: NOW, failures: 2, reason: '' };
const tick: UplinkEvent = { type: 'tick' };
const whipFailed: UplinkEvent = { type: 'whip-failed', reason: 'why' };
const rtmpFailed: UplinkEvent = { type: 'rtmp-failed', reason: 'why' };

describe('the uplink', () => {
  const table: [from: UplinkState, event: UplinkEvent, kind: UplinkState['kind'], effects: string[]][] = [
    [NO_UPLINK, { type: 'begin' }, 'trying-whip', ['open-whip']],
    [tryingWhip, { type: 'whip-connected' }, 'whip', []],
    [tryingWhip, whipFailed, 'trying-rtmp', ['close-whip', 'open-rtmp']],
    [tryingWhip, tick, 'trying-rtmp', ['close-whip', 'open-rtmp']],
    [whip, whipFailed, 'trying-whip', ['close-whip', 'open-whip']],
    [whip, { type: 'unseen' }, 'trying-whip', ['close-whip', 'open-whip']],
    [tryingRtmp, { type: 'rtmp-connected' }, 'rtmp', []],
    [tryingRtmp, rtmpFailed, 'waiting', ['close-rtmp']],
    [tryingRtmp, tick, 'waiting', ['close-rtmp']],
    [rtmp, tick, 'rtmp-trying-whip', ['open-whip']],
    [rtmp, rtmpFailed, 'trying-whip', ['close-rtmp', 'open-whip']],
    [rtmp, { type: 'unseen' }, 'trying-whip', ['close-rtmp', 'open-whip']],
    [both, { type: 'whip-connected' }, 'whip', ['close-rtmp']],
    [both, whipFailed, 'rtmp', ['close-whip']],
    [both, tick, 'rtmp', ['close-whip']],
    [both, rtmpFailed, 'trying-whip', ['close-rtmp']],
    [waiting, tick, 'trying-whip', ['open-whip']],
    [{ ...waiting, untilMs: NOW + 1 }, { type: 'target-changed' }, 'trying-whip', ['open-whip']],
    [tryingWhip, { type: 'end' }, 'idle', ['close-whip']],
    [both, { type: 'end' }, 'idle', ['close-whip', 'close-rtmp']],
    [waiting, { type: 'end' }, 'idle', []],
  ];
  it.each(table)('%o takes %o', (from, event, kind, effects) => {
    const step = nextUplink(from, event, NOW, 0.5);
    expect([step.state.kind, step.effects]).toEqual([kind, effects]);
  });

  it.each([
    [NO_UPLINK, { type: 'whip-connected' }],
    [NO_UPLINK, tick],
    [whip, { type: 'begin' }],
    [whip, tick],
    [whip, rtmpFailed],
    [{ ...tryingWhip, deadlineMs: NOW + 1 }, tick],
    [{ ...rtmp, retryWhipAtMs: NOW + 1 }, tick],
    [{ ...waiting, untilMs: NOW + 1 }, tick],
    [tryingRtmp, whipFailed],
  ] as [UplinkState, UplinkEvent][])('%o ignores %o', (state, event) => {
    expect(nextUplink(state, event, NOW, 0.5)).toEqual({ state, effects: [] });
  });

  it('waits longer after each failure, up to four seconds, and never gives up', () => {
    let state: UplinkState = NO_UPLINK;
    const waits: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      for (const event of [{ type: 'begin' }, tick, whipFailed, rtmpFailed] as UplinkEvent[]) {
        state = nextUplink(state, event, state.kind === 'waiting' ? state.untilMs : NOW, 1).state;
      }
      if (state.kind === 'waiting') waits.push(state.untilMs - NOW);
      if (state.kind === 'waiting') state = { ...state, untilMs: NOW };
    }
    expect(waits.slice(0, 5)).toEqual([500, 1_000, 2_000, 4_000, 4_000]);
    expect(waits).toHaveLength(20);
  });

  it('names the protocol that carries the class', () => {
    expect([NO_UPLINK, tryingWhip, whip, tryingRtmp, rtmp, both, waiting].map(protocolOf)).toEqual(['none', 'none', 'whip', 'none', 'rtmp', 'rtmp', 'none']);
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

it('hands FFmpeg the room and its key, and reads its progress', () => {
  expect(rtmpAddress({ rtmp: 'rtmp://edge/live/room-301', token: 'a.b-c=' })).toBe('rtmp://edge/live/room-301?key=a.b-c%3D');
  expect(rtmpArguments('rtmp://x').slice(-3)).toEqual(['-f', 'flv', 'rtmp://x']);
  expect(totalSizeOf('frame=1\ntotal_size=100\nprogress=continue\ntotal_size=2500\n')).toBe(2500);
  expect(totalSizeOf('total_size=N/A\n')).toBeNull();
});
