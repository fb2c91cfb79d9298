import { randomFrom } from '#kit/testing/random.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CountingPlaces } from './congestion/counting-places.ts';
import { PumpCohort } from './cohort.ts';
import { OutgoingMedia } from './outgoing.ts';
import type { MediaPump, PumpStream, PumpStreamOptions, PumpVariant } from './pump.ts';
import type { ReportBlock } from './rtcp/packet.ts';
import type { AgreedStream } from './stream.ts';
import type { TransportAddress } from './stun/check.ts';
import type { PacketizedFrame } from './types.ts';

const VIDEO_SSRC = 10;
const COMMON = { direction: 'send', nack: true, extensions: { mid: 1, rid: null, repairedRid: null, playoutDelay: 4, transportSequence: 5 } } as const;
const STREAMS: readonly AgreedStream[] = [
  { ...COMMON, kind: 'video', mid: '0', payloadType: 102, clockHz: 90_000, rtxPayloadType: 103, layers: [{ rid: null, ssrc: VIDEO_SSRC, rtxSsrc: 11 }] },
  { ...COMMON, kind: 'audio', mid: '1', payloadType: 111, clockHz: 48_000, rtxPayloadType: null, layers: [{ rid: null, ssrc: 30, rtxSsrc: 0 }] },
];

beforeEach(() => vi.useFakeTimers({ now: Date.UTC(2026, 10, 21), toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] }));
afterEach(() => vi.useRealTimers());

/** Puts down what each stream sends, whoever had it send. */
class PutDown implements MediaPump {
  readonly fd = null;
  waitMs = 0;
  groupCalls = 0;
  readonly sent: unknown[][] = [];
  readonly budgets: number[] = [];
  readonly first = new Map<number, number>();

  openSession(): ReturnType<MediaPump['openSession']> {
    return { aim: () => undefined, close: () => undefined, openStream: (options) => this.#openStream(options) };
  }

  openGroup(): ReturnType<MediaPump['openGroup']> {
    const streams = new Map<PumpStream, PumpVariant>();
    return {
      add: (stream, variant) => void streams.set(stream, variant),
      remove: (stream) => void streams.delete(stream),
      send: (payloads, timestamp, variant) => {
        this.groupCalls += 1;
        for (const [stream, own] of streams) stream.send(payloads, 0, payloads.length, timestamp, variant ?? own, 0);
      },
    };
  }

  stats(): ReturnType<MediaPump['stats']> {
    return { packets: 0, bytes: 0, overflowed: 0, refused: 0, calls: 0 };
  }

  close(): void {
    // nothing is held
  }

  #openStream({ ssrc, firstSequence }: PumpStreamOptions): PumpStream {
    this.first.set(ssrc, firstSequence);
    return {
      send: (_payloads, from, until, timestamp, variant, number) => {
        for (let at = from; at < until; at += 1) this.sent.push([ssrc, timestamp, at, variant, variant === 3 ? number + at - from : 0]);
      },
      resend: (sequences, { budgetBytes }) => {
        this.budgets.push(budgetBytes);
        const packets = Math.min(sequences.length, Math.floor(budgetBytes / 1_000));
        return { packets, bytes: packets * 1_000 };
      },
      probe: () => 0,
      forget: () => undefined,
    };
  }
}

function farEnd() {
  const pump = new PutDown();
  const told: Buffer[] = [];
  const way: { to: TransportAddress } = { to: { address: '192.0.2.1', port: 9 } };
  const nowMs = (): number => Date.now();
  const out = new OutgoingMedia(STREAMS, {
    nowMs, cname: 'name', places: new CountingPlaces(1), destination: () => way.to, onWayChanged: () => undefined, sendRtcp: (compound) => told.push(compound),
    sendRtp: () => 0, pump: { pump, key: { key: Buffer.alloc(16), salt: Buffer.alloc(12) } },
  });
  const cohorts = { video: new PumpCohort('video', pump, nowMs), audio: new PumpCohort('audio', pump, nowMs) };
  const left: string[] = [];
  const join = (kind: 'video' | 'audio'): boolean => out.join(cohorts[kind], () => left.push(kind));
  const report = (packets: number, fractionLost = 0): ReportBlock => ({ ssrc: VIDEO_SSRC, fractionLost, cumulativeLost: 0, highestSequence: (pump.first.get(VIDEO_SSRC) ?? 0) + packets - 1, jitter: 0, lastReport: 0, delaySinceLastReport: 0 });
  return { pump, told, way, out, cohorts, left, join, report };
}

function frameOf(kind: 'video' | 'audio', packets: number, keyframe = kind === 'audio'): PacketizedFrame {
  return { kind, captureUs: Date.now() * 1000, keyframe, payloads: Array.from({ length: packets }, (_each, at) => Buffer.alloc(at + 1 < packets ? 1_180 : 500)) };
}

/** One that has caught up, has reported, and is in both. */
function member() {
  const end = farEnd();
  end.out.send(frameOf('video', 2, true), null);
  end.out.send(frameOf('audio', 1), null);
  vi.advanceTimersByTime(2_000);
  end.out.onReports([end.report(2)]);
  for (const kind of ['video', 'audio'] as const) expect(end.join(kind)).toBe(true);
  return end;
}

test.each<[string, readonly string[], (end: ReturnType<typeof farEnd>) => void]>([
  ['a picture goes to it by itself', ['video'], ({ out }) => out.send(frameOf('video', 1), null)],
  ['sound goes to it by itself', ['audio'], ({ out }) => out.send(frameOf('audio', 1), null)],
  ['what was sent is forgotten', ['video'], ({ out }) => out.forget(null)],
  ['somebody wants to know what gets through', ['video', 'audio'], ({ out }) => out.watch(true)],
  ['much is missing', ['video', 'audio'], ({ out }) => out.onNack(VIDEO_SSRC, Array.from({ length: 12 }, (_each, at) => at))],
  ['a report tells of losses', ['video', 'audio'], ({ out, report }) => out.onReports([report(2, 0.1)])],
  ['it moves', ['video', 'audio'], ({ out, way }) => [(way.to = { address: '192.0.2.2', port: 9 }), out.moved()]],
  ['it leaves', ['audio'], ({ out }) => out.leave('audio')],
  ['it closes', ['video', 'audio'], ({ out }) => out.close()],
  ['nothing but time passes', [], ({ out }) => [out.tick(), out.moved()]],
  ['a little is missing', [], ({ out }) => out.onNack(VIDEO_SSRC, [1, 2])],
  ['a report tells that all is well', [], ({ out, report }) => out.onReports([report(2)])],
])('where %s, a member is out of %j at once, and is told once', (_what, kinds, act) => {
  const { left, out, pump, cohorts, ...end } = member();
  act({ left, out, pump, cohorts, ...end });
  expect(left).toEqual(kinds);
  for (const kind of kinds) out.leave(kind === 'video' ? 'video' : 'audio');
  expect(left).toEqual(kinds);
  const before = pump.sent.length;
  for (const kind of ['video', 'audio'] as const) cohorts[kind].send(frameOf(kind, 1));
  expect(pump.sent.length - before).toBe(2 - kinds.length);
});

test.each<[string, readonly [video: boolean, audio: boolean], (end: ReturnType<typeof farEnd>) => void]>([
  ['is plain', [true, true], () => undefined],
  ['has had nothing yet that says when it began', [true, true], ({ out }) => out.tick()],
  ['is counted', [false, false], ({ out }) => out.watch(true)],
  ['is reached over a connection', [false, false], ({ out, way }) => [(way.to = { ...way.to, protocol: 'tcp' }), out.send(frameOf('audio', 1), null)]],
  ['has pictures that wait', [false, true], ({ out }) => out.send(frameOf('video', 200, true), null)],
  ['has pictures left out', [false, true], ({ out, pump }) => [(pump.waitMs = 1_500), out.send(frameOf('video', 1), null)]],
])('one that %s comes in: %j', (_what, joins, act) => {
  const end = member();
  act(end);
  expect([end.join('video'), end.join('audio')]).toEqual(joins);
});

test('one that begins is in as soon as it has reported', () => {
  const { out, pump, join, cohorts, report } = farEnd();
  out.send(frameOf('video', 1, true), null);
  out.send(frameOf('audio', 1), null);
  expect([join('video'), join('audio')]).toEqual([false, true]);
  out.onReports([report(1)]);
  expect(join('video')).toBe(true);
  cohorts.video.send(frameOf('video', 1));
  expect(pump.sent.at(-1)?.[3]).toBe(0);
});

test('one that does not report is in once it has caught up, and its packets say whose they are', () => {
  const { out, pump, join, cohorts } = farEnd();
  expect(join('video')).toBe(false);
  out.send(frameOf('video', 1, true), null);
  vi.advanceTimersByTime(1_999);
  expect(join('video')).toBe(false);
  vi.advanceTimersByTime(1);
  expect(join('video')).toBe(true);
  cohorts.video.send(frameOf('video', 1));
  expect(pump.sent.at(-1)?.[3]).toBe(2);
});

test('a frame that is more than leaves at once, or has to wait behind all others, goes to each by itself', () => {
  const { cohorts, pump } = member();
  expect(cohorts.video.send(frameOf('video', 50))).toBe(true);
  expect([cohorts.video.send(frameOf('video', 50)), cohorts.audio.send(frameOf('audio', 1))]).toEqual([false, true]);
  vi.advanceTimersByTime(40);
  expect([cohorts.video.send(frameOf('video', 65)), cohorts.video.send(frameOf('video', 50))]).toEqual([false, true]);
  vi.advanceTimersByTime(40);
  pump.waitMs = 1_500;
  expect([cohorts.video.send(frameOf('video', 1)), cohorts.audio.send(frameOf('audio', 1))]).toEqual([false, true]);
});

test('a keyframe to all says whose it is; one for whom it would say more is out first, and comes in again with it', () => {
  const { cohorts, pump, left } = member();
  expect(cohorts.video.send(frameOf('video', 1, true))).toBe(true);
  expect([pump.sent.at(-1)?.[3], left]).toEqual([2, []]);
  const begins = farEnd();
  begins.out.send(frameOf('video', 1, true), null);
  begins.out.onReports([begins.report(1)]);
  expect(begins.join('video')).toBe(true);
  const before = begins.pump.sent.length;
  expect(begins.cohorts.video.send(frameOf('video', 1, true))).toBe(true);
  expect([begins.left, begins.pump.sent.length]).toEqual([['video'], before]);
  begins.out.send(frameOf('video', 1, true), null);
  expect([begins.pump.sent.at(-1)?.[3], begins.join('video')]).toEqual([1, true]);
});

/** A class of a minute for one far end, told alike to each who is asked: what leaves, what it tells of it, what it may repair. */
function attend(together: boolean, seed: number) {
  const random = randomFrom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const { out, pump, told, cohorts, report } = farEnd();
  const inside = { video: false, audio: false };
  const give = (frame: PacketizedFrame): void => {
    // With a keyframe one may be let out, and is to be sent it by itself.
    if (inside[frame.kind] && cohorts[frame.kind].send(frame) && inside[frame.kind]) return;
    out.send(frame, null);
    if (together) inside[frame.kind] = out.join(cohorts[frame.kind], () => (inside[frame.kind] = false));
  };
  const figures: unknown[] = [];
  const packetsOf = (ssrc: number): number => pump.sent.filter(([of]) => of === ssrc).length;
  for (let step = 0; step < 3_000; step += 1) {
    if (step % 2 === 0) give(frameOf('video', step % 50 === 0 ? 30 + below(60) : 1 + below(12), step % 50 === 0));
    give(frameOf('audio', 1));
    vi.advanceTimersByTime(20);
    if (step % 50 === 7) out.onReports([report(packetsOf(VIDEO_SSRC) - below(step > 2_000 && step < 2_200 ? 120 : 4), below(50) === 0 ? 0.2 : 0)]);
    if (below(60) === 0) out.onNack(VIDEO_SSRC, Array.from({ length: below(12) === 0 ? 12 : 1 + below(3) }, () => below(1_000)));
    if (step % 12 === 0) out.tick();
    if (below(60) === 0) figures.push([step, out.stats()]);
  }
  out.close();
  return { sent: pump.sent, told, budgets: pump.budgets, figures: [...figures, out.stats()], groupCalls: pump.groupCalls };
}

test.each([1, 2, 3, 4])('what leaves, and what is told and known of it, is the same for a member as for one by itself (%i)', (seed) => {
  const start = Date.now();
  const alone = attend(false, seed);
  vi.setSystemTime(start);
  const together = attend(true, seed);
  expect([alone.groupCalls, together.groupCalls > 300]).toEqual([0, true]);
  expect(together.sent).toEqual(alone.sent);
  expect(together.budgets).toEqual(alone.budgets);
  expect(together.figures).toEqual(alone.figures);
  expect(Buffer.concat(together.told).equals(Buffer.concat(alone.told))).toBe(true);
});
