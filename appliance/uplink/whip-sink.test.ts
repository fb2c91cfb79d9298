import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { MediaPacket } from '#kit/media/packet.ts';
import { Arrivals } from '#kit/webrtc/congestion/arrivals.ts';
import { SendControl } from '#kit/webrtc/congestion/send-control.ts';
import { LinkModel } from '#kit/webrtc/testing/link-model.ts';
import type { PacketizedFrame, Peer } from '#kit/webrtc/types.ts';
import { WhipSink } from './whip-sink.ts';

const START_MS = 1_790_000_000_000;
beforeEach(() => vi.useFakeTimers({ now: START_MS }));
afterEach(() => vi.useRealTimers());

/** A frame of so many bytes, cut as the real thing is. */
function frame(layer: string, atMs: number, keyframe: boolean, bytes: number): MediaPacket {
  const data = Buffer.concat([Buffer.from([0, 0, 0, 1, keyframe ? 0x65 : 0x41]), Buffer.alloc(bytes, 1)]);
  return { kind: 'video', codec: 'h264', layer, captureUs: atMs * 1000, durationUs: 40_000, keyframe, data };
}

/** The sink over a model of the line in fake time, with the sender's real congestion control. */
function simulate(rids: readonly string[] = ['720p', '360p']) {
  const link = new LinkModel({ rateBps: 10_000_000, queueMs: 500, delayMs: 20, jitterMs: 0, loss: 0 });
  const control = new SendControl(Date.now);
  const arrivals = new Arrivals();
  const sent: { rid: string | null; keyframe: boolean; atMs: number }[] = [];
  const forgotten: (string | null)[] = [];
  const transmit = (bytes: number, probe = 0): number => {
    const sequence = control.depart(bytes, probe);
    const atMs = link.send(bytes, Date.now());
    if (atMs !== null) setTimeout(() => arrivals.push(sequence, Date.now()), atMs - Date.now());
    return bytes;
  };
  const peer = {
    get way() {
      return control.state;
    },
    forget: (rid: string | null) => forgotten.push(rid),
    probe: (bps: number) => control.probe(bps, (probe) => transmit(1240, probe)),
    send: ({ kind, keyframe, payloads }: PacketizedFrame, rid: string | null) => {
      if (kind === 'video') sent.push({ rid, keyframe, atMs: Date.now() });
      for (const { length } of payloads) transmit(length + 60);
    },
  };
  const sink = new WhipSink(peer as unknown as Peer, { rids, nowMs: Date.now });
  const step = (): void => {
    const atMs = Date.now();
    const keyframe = (atMs - START_MS) % 1000 === 0;
    if ((atMs - START_MS) % 40 === 0) for (const [layer, bytes] of [['720p', 12_500], ['360p', 3000]] as const) sink.write(frame(layer, atMs, keyframe, bytes));
    if ((atMs - START_MS) % 20 === 0) sink.write({ kind: 'audio', codec: 'opus', captureUs: atMs * 1000, durationUs: 20_000, channels: 2, data: Buffer.alloc(160) });
    const feedback = atMs % 50 === 0 ? arrivals.take(atMs) : null;
    if (feedback !== null) setTimeout(() => control.onFeedback(feedback), 20);
    vi.advanceTimersByTime(5);
  };
  const run = (seconds: number): void => {
    for (const untilMs = Date.now() + seconds * 1000; Date.now() < untilMs; ) step();
  };
  const until = (reached: () => boolean): number => {
    const sinceMs = Date.now();
    while (!reached() && Date.now() - sinceMs < 60_000) step();
    return Date.now() - sinceMs;
  };
  return { link, sink, sent, forgotten, run, until };
}

it('sends the smaller picture within two seconds of a cut to 800 kbps, goes on with it, and brings the larger back when there is room', () => {
  const { link, sink, sent, run, until } = simulate();
  run(5);
  expect(sink.layers).toEqual(['720p', '360p']);
  link.options.rateBps = 800_000;
  expect(until(() => sink.layers.join() === '360p')).toBeLessThan(2_000);
  run(20);
  expect(sink.layers).toEqual(['360p']);
  const large = sent.filter(({ rid, atMs }) => rid === '720p' && atMs > Date.now() - 19_000);
  expect(large).toEqual([]);
  const small = sent.filter(({ rid, atMs }) => rid === '360p' && atMs > Date.now() - 10_000);
  expect(small.length).toBeGreaterThan(240);
  link.options.rateBps = 10_000_000;
  expect(until(() => sink.layers.length === 2)).toBeLessThan(35_000);
  expect(sent.findLast(({ rid, keyframe }) => rid === '720p' && keyframe)?.atMs).toBe(sent.findLast(({ rid }) => rid === '720p')?.atMs);
});

it('lets the sound alone through a line that carries no picture, and begins again with a keyframe', () => {
  const { link, sink, sent, run, until } = simulate();
  run(3);
  link.options.rateBps = 200_000;
  expect(until(() => sink.layers.length === 0)).toBeLessThan(5_000);
  link.options.rateBps = 10_000_000;
  const atMs = Date.now();
  expect(until(() => sink.layers.includes('360p'))).toBeLessThan(20_000);
  expect(sent.find((each) => each.atMs > atMs)?.keyframe).toBe(true);
});

it.each([[['720p'], null], [['720p', '360p'], '720p']] as const)('of %j names what it stops sending as it named what it sent', (rids, rid) => {
  const { link, sink, sent, forgotten, run, until } = simulate(rids);
  run(3);
  link.options.rateBps = 200_000;
  until(() => sink.layers.length === 0);
  expect(forgotten).toContain(rid);
  expect(sent.map((each) => each.rid)).toEqual(expect.arrayContaining(forgotten));
});
