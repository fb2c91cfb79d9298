import { expect, it } from 'vitest';
import { manualClock } from '#kit/media/clock.ts';
import { joinNalUnits } from '#kit/media/h264.ts';
import type { VideoPacket } from '#kit/media/packet.ts';
import type { PacketizedFrame, Peer } from '#kit/webrtc/types.ts';
import { Room } from '../rooms/room.ts';
import { FanOut } from './fan-out.ts';
import { evenStamp, nextStamp, pressed } from './stamps.ts';

const START = 1_790_000_000_000;
const SMALL = Buffer.from('6742c01eda0280f684000003000400000300c83c58ba80', 'hex');
const PPS = Buffer.from('68ce3c80', 'hex');

function video(captureMs: number, keyframe: boolean, layer = 'source'): VideoPacket {
  const data = keyframe ? joinNalUnits([SMALL, PPS, Buffer.from([0x65, 1])]) : joinNalUnits([Buffer.from([0x41, 1])]);
  return { kind: 'video', codec: 'h264', layer, captureUs: captureMs * 1000, durationUs: 40_000, keyframe, data };
}

function fakePeer() {
  const sent: PacketizedFrame[] = [];
  const listeners = new Map<string, (() => void)[]>();
  const closed: string[] = [];
  const peer = {
    id: 'p', state: 'connected', sent, closed,
    on: (event: string, listener: () => void) => {
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
      return () => undefined;
    },
    send: (frame: PacketizedFrame) => void sent.push(frame),
    close: (reason: string) => {
      closed.push(reason);
      for (const listener of listeners.get('closed') ?? []) listener();
    },
    ask: () => {
      for (const listener of listeners.get('keyframe-requested') ?? []) listener();
    },
  };
  return peer as unknown as Peer & typeof peer;
}

function open() {
  const clock = manualClock(START);
  const room = new Room('room-1', clock);
  const fanOut = new FanOut(room, () => clock.nowMs());
  room.attach(fanOut);
  const publish = () => room.publish({ protocol: 'whip', owner: 'box', requestKeyframe: () => undefined, dismiss: () => undefined });
  return { clock, room, fanOut, publish };
}

it('starts a viewer with the cached group, pressed together, then goes on live', () => {
  const { fanOut, publish } = open();
  const publication = publish();
  for (const step of [0, 40, 80]) publication.write(video(START + step, step === 0));
  const peer = fakePeer();
  fanOut.add(peer, { account: 'amy', layer: null });
  publication.write(video(START + 120, false));
  expect(peer.sent.map(({ captureUs, keyframe }) => [captureUs / 1000 - START, keyframe])).toEqual([[78, true], [79, false], [80, false], [120, false]]);
  expect([fanOut.size, fanOut.students]).toEqual([1, 1]);
});

it('answers a keyframe request from the cache in later time, but not twice in two seconds', () => {
  const { clock, fanOut, publish } = open();
  const publication = publish();
  publication.write(video(START, true));
  const peer = fakePeer();
  fanOut.add(peer, { account: 'amy', layer: null });
  clock.advanceMs(2_100);
  publication.write(video(START + 40, false));
  peer.ask();
  peer.ask();
  const times = peer.sent.map(({ captureUs }) => captureUs);
  expect(peer.sent.map(({ keyframe }) => keyframe)).toEqual([true, false, true, false]);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(new Set(times).size).toBe(4);
});

it('moves viewers of a layer that stops to one that flows within half a second, and back when it returns, never back in time', () => {
  const { fanOut, publish } = open();
  const publication = publish();
  const LARGE = Buffer.from('67640028acd940780227e5c044000003000400000300c83c60c658', 'hex');
  const large = (captureMs: number, keyframe: boolean): VideoPacket => {
    const data = keyframe ? joinNalUnits([LARGE, PPS, Buffer.from([0x65, 1])]) : joinNalUnits([Buffer.from([0x41, 2])]);
    return { ...video(captureMs, keyframe, 'high'), data };
  };
  const play = (fromMs: number, untilMs: number, high: boolean): void => {
    for (let at = fromMs; at < untilMs; at += 40) {
      if (high) publication.write(large(START + at, at % 1000 === 0));
      publication.write(video(START + at, at % 1000 === 0, 'low'));
    }
  };
  play(0, 1000, true);
  const [peer, late] = [fakePeer(), fakePeer()];
  fanOut.add(peer, { account: 'amy', layer: null });
  play(1000, 1200, true);
  const before = peer.sent.length;
  play(1200, 3000, false);
  const rescued = peer.sent.slice(before);
  expect(rescued[0]).toMatchObject({ keyframe: true });
  expect(rescued.at(-1)).toMatchObject({ captureUs: (START + 2960) * 1000 });
  expect(rescued.length).toBeGreaterThan(35);
  fanOut.add(late, { account: 'ben', layer: null });
  expect(late.sent[0]).toMatchObject({ keyframe: true });
  play(3000, 4000, true);
  for (const { sent } of [peer, late]) {
    expect(sent.at(-1)?.payloads[0]?.at(-1)).toBe(2);
    const times = sent.map(({ captureUs }) => captureUs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).toBe(times.length);
  }
});

it('keeps its viewers while the publisher is away, and lets them go after half a minute', () => {
  const { clock, fanOut, publish } = open();
  const first = publish();
  first.write(video(START, true));
  const peer = fakePeer();
  fanOut.add(peer, { account: 'amy', layer: null });
  first.end();
  clock.advanceMs(29_000);
  fanOut.tick();
  const second = publish();
  second.write(video(START + 29_000, false));
  second.write(video(START + 29_040, true));
  expect(peer.sent.map(({ keyframe }) => keyframe)).toEqual([true, true]);
  second.end();
  clock.advanceMs(31_000);
  fanOut.tick();
  expect([peer.closed.length, fanOut.size]).toEqual([1, 0]);
});

it('sends away an account whose ticket is gone, and nobody else', () => {
  const { fanOut, publish } = open();
  publish();
  const [amy, ben] = [fakePeer(), fakePeer()];
  fanOut.add(amy, { account: 'amy', layer: null });
  fanOut.add(ben, { account: 'ben', layer: null });
  fanOut.dismiss('amy');
  expect([amy.closed.length, ben.closed.length, fanOut.size]).toEqual([1, 0, 1]);
});

it('never stamps backwards, except for a clock that was set back for good', () => {
  expect(nextStamp(null, 5)).toBe(5);
  expect(nextStamp(5, 6)).toBe(6);
  expect(nextStamp(1_000_000, 900_000)).toBe(1_001_000);
  expect(nextStamp(10_000_000, 1)).toBe(1);
  expect(pressed([])).toEqual([]);
});

it('counts sound by its samples as long as the given times agree', () => {
  expect([evenStamp(null, 7), evenStamp(20_000, 20_667), evenStamp(20_000, 19_333), evenStamp(20_000, 31_000)]).toEqual([7, 20_000, 20_000, 31_000]);
});
