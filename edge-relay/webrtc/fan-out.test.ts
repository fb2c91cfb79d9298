import { describe, expect, it } from 'vitest';
import { manualClock } from '#kit/media/clock.ts';
import { joinNalUnits } from '#kit/media/h264.ts';
import type { VideoPacket } from '#kit/media/packet.ts';
import type { Cohort, PacketizedFrame, Peer } from '#kit/webrtc/types.ts';
import { Room } from '../rooms/room.ts';
import { FanOut, type OpenCohort } from './fan-out.ts';
import { evenStamp, nextStamp, pressed } from './stamps.ts';

const START = 1_790_000_000_000;
const SMALL = Buffer.from('6742c01eda0280f684000003000400000300c83c58ba80', 'hex');
const PPS = Buffer.from('68ce3c80', 'hex');

function video(captureMs: number, keyframe: boolean, layer = 'source'): VideoPacket {
  const data = keyframe ? joinNalUnits([SMALL, PPS, Buffer.from([0x65, 1])]) : joinNalUnits([Buffer.from([0x41, 1])]);
  return { kind: 'video', codec: 'h264', layer, captureUs: captureMs * 1000, durationUs: 40_000, keyframe, data };
}

/** What goes to all of it is put down with each member, as the wire would have it. */
class ModelCohort implements Cohort {
  readonly kind: Cohort['kind'];
  readonly members = new Set<{ readonly sent: PacketizedFrame[] }>();
  /** Whom a keyframe lets out. */
  readonly unsettled = new Set<{ leave: (kind: string) => void }>();
  readonly calls: PacketizedFrame[] = [];

  constructor(kind: Cohort['kind']) {
    this.kind = kind;
  }

  send(frame: PacketizedFrame): boolean {
    if (frame.payloads.length > 2) return false;
    if (frame.kind === 'video' && frame.keyframe) for (const peer of [...this.unsettled]) peer.leave('video');
    this.calls.push(frame);
    for (const { sent } of this.members) sent.push(frame);
    return true;
  }
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
    send: (frame: PacketizedFrame) => {
      peer.leave(frame.kind);
      sent.push(frame);
    },
    isPlain: true,
    /** By kind: what it is in, and whom to tell when it is not any more. */
    inside: new Map<string, { readonly cohort: ModelCohort; readonly onLeft: () => void }>(),
    join: (cohort: Cohort, onLeft: () => void) => {
      if (!peer.isPlain || !(cohort instanceof ModelCohort)) return false;
      cohort.members.add(peer);
      peer.inside.set(cohort.kind, { cohort, onLeft });
      return true;
    },
    leave: (kind: string) => {
      const left = peer.inside.get(kind);
      peer.inside.delete(kind);
      left?.cohort.members.delete(peer);
      left?.onLeft();
    },
    close: (reason: string) => {
      closed.push(reason);
      for (const kind of ['video', 'audio']) peer.leave(kind);
      for (const listener of listeners.get('closed') ?? []) listener();
    },
    ask: () => {
      for (const listener of listeners.get('keyframe-requested') ?? []) listener();
    },
  };
  return peer as unknown as Peer & typeof peer;
}

function open(openCohort: OpenCohort = () => null) {
  const clock = manualClock(START);
  const room = new Room('room-1', clock);
  const fanOut = new FanOut(room, () => clock.nowMs(), openCohort);
  room.attach(fanOut);
  const publish = () => room.publish({ protocol: 'whip', owner: 'box', rank: 0, requestKeyframe: () => undefined, dismiss: () => undefined });
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

it('holds for repairs what went out to somebody, once', () => {
  const { fanOut, publish } = open();
  const publication = publish();
  publication.write(video(START, true));
  publication.write(video(START + 40, false));
  expect(fanOut.history.packets).toBe(0);
  for (const account of ['amy', 'ben']) fanOut.add(fakePeer(), { account, layer: null });
  const begun = fanOut.history;
  publication.write(video(START + 80, false));
  publication.write(video(START + 80, true, 'another'));
  // The keyframe's parameter sets have a packet of their own.
  expect([begun.packets, fanOut.history.packets]).toEqual([3, 4]);
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

describe('viewers who are alike', () => {
  const together = () => {
    const calls: PacketizedFrame[][] = [];
    const opened = open((kind) => {
      const cohort = new ModelCohort(kind);
      if (kind === 'video') calls.push(cohort.calls);
      return cohort;
    });
    return { ...opened, publication: opened.publish(), callsAt: () => stampsOf(calls.flat()) };
  };
  const stampsOf = (frames: readonly PacketizedFrame[]): number[] => frames.map(({ captureUs }) => captureUs / 1000 - START);
  const watching = ({ fanOut }: ReturnType<typeof together>, count: number) => {
    const peers = Array.from({ length: count }, fakePeer);
    for (const peer of peers) fanOut.add(peer, { account: 'amy', layer: null });
    return peers;
  };

  it('get what is too large by itself, the rest by one call, and each frame once in its order', () => {
    const stage = together();
    stage.publication.write(video(START, true));
    const [a, b] = watching(stage, 2);
    const large = joinNalUnits([Buffer.concat([Buffer.from([0x41]), Buffer.alloc(5_000, 1)])]);
    for (let at = 40; at < 1_000; at += 40) stage.publication.write({ ...video(START + at, at === 400), ...(at === 600 ? { data: large } : {}) });
    for (const peer of [a, b]) expect(stampsOf(peer?.sent ?? [])).toEqual(Array.from({ length: 25 }, (_each, at) => at * 40));
    // By itself: what begins, the first after it, the large one.
    expect(stage.callsAt()).toEqual(Array.from({ length: 23 }, (_each, at) => 80 + at * 40).filter((at) => at !== 600));
  });

  it('get a keyframe once, those too whom it lets out', () => {
    const stage = together();
    stage.publication.write(video(START, true));
    const [a, b] = watching(stage, 2);
    for (const at of [40, 80]) stage.publication.write(video(START + at, false));
    const cohort = b?.inside.get('video')?.cohort;
    if (b !== undefined) cohort?.unsettled.add(b);
    for (const at of [120, 160, 200]) stage.publication.write(video(START + at, at === 120));
    for (const peer of [a, b]) expect([peer?.inside.has('video'), ...stampsOf(peer?.sent ?? [])]).toEqual([true, 0, 40, 80, 120, 160, 200]);
  });

  it('move to the layer they asked for with its keyframe, from among those who had another', () => {
    const stage = together();
    const write = (at: number, layers: Record<string, number>): void => {
      for (const [layer, mark] of Object.entries(layers)) {
        const keyframe = at % 1_000 === 0;
        const nals = keyframe ? [SMALL, PPS, Buffer.from([0x65, mark])] : [Buffer.from([0x41, mark])];
        stage.publication.write({ ...video(START + at, keyframe, layer), data: joinNalUnits(nals) });
      }
    };
    write(0, { one: 1 });
    const peer = fakePeer();
    stage.fanOut.add(peer, { account: 'amy', layer: 'two' });
    for (let at = 40; at < 1_000; at += 40) write(at, { one: 1 });
    expect([peer.inside.has('video'), peer.sent.at(-1)?.payloads.at(-1)?.at(-1)]).toEqual([true, 1]);
    for (let at = 1_000; at < 1_200; at += 40) write(at, { one: 1, two: 2 });
    const since = peer.sent.slice(-5);
    // That of the other layer went out first, with the same time.
    expect([peer.inside.has('video'), ...stampsOf(since)]).toEqual([true, 1_001, 1_040, 1_080, 1_120, 1_160]);
    expect(since.map(({ payloads }) => payloads.at(-1)?.at(-1))).toEqual([2, 2, 2, 2, 2]);
  });

  it('are not joined by whom something is to be done for, and again when that is over', () => {
    const stage = together();
    stage.publication.write(video(START, true));
    const [a, b] = watching(stage, 2);
    for (let at = 40; at < 1_000; at += 40) {
      if (b !== undefined) b.isPlain = at < 200 || at >= 600;
      if (at === 200) b?.leave('video');
      stage.publication.write(video(START + at, false));
      expect([a?.inside.has('video'), b?.inside.has('video')]).toEqual([true, at < 200 || at >= 600]);
    }
    for (const peer of [a, b]) expect(stampsOf(peer?.sent ?? [])).toEqual(Array.from({ length: 25 }, (_each, at) => at * 40));
  });

  it('part from who is repaired, whose stamps go on, and from who is gone', () => {
    const stage = together();
    stage.publication.write(video(START, true));
    const [a, b] = watching(stage, 2);
    for (const at of [40, 80]) stage.publication.write(video(START + at, false));
    stage.clock.advanceMs(2_100);
    a?.ask();
    expect(a?.inside.has('video')).toBe(false);
    for (const at of [81, 82, 120, 160]) stage.publication.write(video(START + at, false));
    b?.close('gone');
    stage.publication.write(video(START + 200, false));
    const stamps = stampsOf(a?.sent ?? []);
    expect(stamps).toEqual(stamps.toSorted((x, y) => x - y));
    expect(new Set(stamps).size).toBe(stamps.length);
    expect([a?.inside.has('video'), stamps.at(-1), stampsOf(b?.sent ?? []).at(-1), stage.fanOut.size]).toEqual([true, 200, 160, 1]);
  });

  it('are told apart by their layer, and move one by one when it stops, or another publisher begins', () => {
    const stage = together();
    const write = (from: number, until: number, layers: readonly string[]): void => {
      for (let at = from; at < until; at += 40) for (const layer of layers) stage.publication.write(video(START + at, at % 1_000 === 0, layer));
    };
    write(0, 1_000, ['one', 'two']);
    const [a] = watching(stage, 1);
    const other = fakePeer();
    stage.fanOut.add(other, { account: 'ben', layer: 'two' });
    write(1_000, 1_200, ['one', 'two']);
    const before = other.sent.length;
    write(1_200, 2_000, ['one']);
    const rescued = other.sent.slice(before);
    expect(stampsOf(rescued).at(-1)).toBe(1_960);
    expect(rescued.length).toBeGreaterThan(20);
    stage.publication.end();
    const second = stage.publish();
    second.write(video(START + 2_200, false, 'one'));
    expect(stampsOf(a?.sent ?? []).at(-1)).toBe(1_960);
    second.write(video(START + 2_240, true, 'one'));
    second.write(video(START + 2_280, false, 'one'));
    for (const peer of [a, other]) expect([peer?.inside.has('video'), ...stampsOf(peer?.sent ?? []).slice(-2)]).toEqual([true, 2_240, 2_280]);
  });

  it('follow a clock that was set back, a little by small steps, and far at once', () => {
    const stage = together();
    stage.publication.write(video(START, true));
    const [a] = watching(stage, 1);
    for (const at of [40, 80, 60, 100, 140, -9_000, -8_960, -8_920]) stage.publication.write(video(START + at, false));
    expect(stampsOf(a?.sent ?? [])).toEqual([0, 40, 80, 81, 100, 140, -9_000, -8_960, -8_920]);
  });

  it('hear the same sound by one call', () => {
    const stage = together();
    stage.publication.write(video(START, true));
    const peers = watching(stage, 2);
    for (let at = 0; at < 100; at += 20) {
      if (at === 60) peers[1]?.leave('audio');
      stage.publication.write({ kind: 'audio', codec: 'opus', captureUs: (START + at) * 1000, durationUs: 20_000, channels: 1, data: Buffer.from([1]) });
    }
    for (const { sent, inside } of peers) expect([inside.has('audio'), ...stampsOf(sent.filter(({ kind }) => kind === 'audio'))]).toEqual([true, 0, 20, 40, 60, 80]);
  });
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
