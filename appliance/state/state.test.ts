import { describe, expect, it } from 'vitest';
import type { SourceState } from '../contract/state.ts';
import { grewWithin, NOTHING_MOVED, observe } from './moved-bytes.ts';
import { notReadyReasons, type ReadinessFacts } from './readiness.ts';
import { streamState, type EdgeFacts, type UplinkFacts } from './stream-proof.ts';

const NOW = 1_000_000;
const never = Number.NEGATIVE_INFINITY;

describe('moved bytes', () => {
  it('notices growth, standstill and a counter that begins anew', () => {
    const first = observe(NOTHING_MOVED, 100, 1_000);
    expect(first.grewAtMs).toBe(1_000);
    expect(observe(first, 100, 2_000)).toBe(first);
    expect(observe(first, 150, 2_000).grewAtMs).toBe(2_000);
    expect(observe(first, 0, 2_000).grewAtMs).toBe(never);
    expect(grewWithin(first, 500, 1_500)).toBe(true);
    expect(grewWithin(first, 500, 1_501)).toBe(false);
    expect(grewWithin(NOTHING_MOVED, 500, 0)).toBe(false);
  });
});

describe('the stream', () => {
  const way = { transport: 'udp', layers: ['720p'], estimateKbps: 3000, lossPercent: 0, rttMs: 20, stopped: false } as const;
  const uplink: UplinkFacts = { protocol: 'whip', sent: { bytes: 9, grewAtMs: NOW - 100 }, problem: '', way: { ...way, layers: ['720p'] } };
  const edge: EdgeFacts = { askedAtMs: NOW - 500, live: true, viewers: 3, delayMs: 40 };

  it.each([
    ['it arrives', uplink, edge, { sending: true, seenAtEdge: true, viewers: 3, delayMs: 40, problem: '' }],
    ['the edge does not have it', uplink, { ...edge, live: false }, { sending: true, seenAtEdge: false, problem: expect.stringMatching(/not received/) }],
    ['the edge’s word is old', uplink, { ...edge, askedAtMs: NOW - 3_001 }, { seenAtEdge: false, viewers: 0, problem: expect.stringMatching(/does not say/) }],
    ['nothing left the box', { ...uplink, sent: { bytes: 9, grewAtMs: NOW - 2_001 } }, edge, { sending: false, problem: expect.stringMatching(/being connected/) }],
    ['the teacher stopped it', { ...uplink, sent: NOTHING_MOVED, way: { ...uplink.way, stopped: true } }, null, { sending: false, stopped: true, problem: '' }],
    ['the uplink says why', { ...uplink, sent: NOTHING_MOVED, problem: 'The network is down.' }, null, { sending: false, problem: 'The network is down.' }],
  ])('when %s', (_when, uplinkFacts, edgeFacts, expected) => {
    expect(streamState(true, uplinkFacts, edgeFacts, NOW)).toMatchObject(expected);
  });

  it('has no problem while no class runs', () => {
    expect(streamState(false, { ...uplink, sent: NOTHING_MOVED }, null, NOW).problem).toBe('');
  });
});

describe('readiness', () => {
  const source = (kind: SourceState['kind'], signal: SourceState['signal']): SourceState => ({
    id: kind, name: kind, kind, signal, verdict: 'ok', fps: 25, width: 1280, height: 720, levelDbfs: -20, advice: '',
    note: '', still: false, droppedFrames: 0, latencyMs: null, driftPpm: null,
  });
  const ready: ReadinessFacts = {
    sources: [source('camera', 'ok'), source('slides', 'absent'), source('microphone', 'ok')],
    cameras: [],
    encoder: { name: 'libx264', fps: 25, renditions: [], refused: [] },
    enrolment: { phase: 'claimed', claimCode: null, claimUrl: null, campusReachable: true },
    encodersToTry: 2,
    freeHours: 10,
    soundCaptured: true,
    edgeReachable: true,
  };
  const codes = (change: Partial<ReadinessFacts>): string[] => notReadyReasons({ ...ready, ...change }).map(({ code }) => code);

  it.each([
    ['ready, though nothing shows slides', {}, []],
    ['no picture', { sources: [source('camera', 'lost'), source('microphone', 'ok')] }, ['no_camera_signal']],
    ['no sound while it is wanted', { sources: [source('camera', 'ok'), source('microphone', 'absent')] }, ['no_microphone']],
    ['the microphone is closed for privacy', { sources: [source('camera', 'ok'), source('microphone', 'absent')], soundCaptured: false }, []],
    ['an encoder is being looked for', { encoder: { name: '', fps: 0, renditions: [], refused: [{ name: 'h264_nvenc', reason: 'no device' }] } }, ['encoder_starting']],
    ['no encoder is left', { encoder: { name: '', fps: 0, renditions: [], refused: [{ name: 'h264_nvenc', reason: '' }, { name: 'libx264', reason: 'too slow' }] } }, ['no_encoder']],
    ['a full disk', { freeHours: 1.9 }, ['disk_nearly_full']],
    ['the edge is away', { edgeReachable: false }, ['edge_unreachable']],
    ['nobody asked the edge yet', { edgeReachable: null }, []],
    ['unclaimed comes first', { enrolment: { phase: 'unclaimed', claimCode: 'K7QF-2MXA', claimUrl: null, campusReachable: true }, edgeReachable: false, freeHours: 0 }, ['not_claimed', 'disk_nearly_full']],
  ] as [string, Partial<ReadinessFacts>, string[]][])('%s', (_what, change, expected) => {
    expect(codes(change)).toEqual(expected);
  });
});
