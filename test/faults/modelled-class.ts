import { WhipSink } from '#appliance/uplink/whip-sink.ts';
import { Room } from '#edge-relay/rooms/room.ts';
import { FanOut } from '#edge-relay/webrtc/fan-out.ts';
import { WhipFrames } from '#edge-relay/webrtc/whip-frames.ts';
import { CountingPlaces } from '#kit/webrtc/congestion/counting-places.ts';
import { MediaSession } from '#kit/webrtc/media-session.ts';
import type { SrtpKeys } from '#kit/webrtc/srtp/session.ts';
import type { AgreedStream } from '#kit/webrtc/stream.ts';
import { LinkModel, type LinkOptions } from '#kit/webrtc/testing/link-model.ts';
import { randomFrom } from '#kit/testing/random.ts';
import type { Peer, ReceivedFrame } from '#kit/webrtc/types.ts';
import { asPeer, FRAME_MS, FRAMES_A_GROUP, keysOf, LADDER, picture, receive, SOUND_MS, swapped, TICK_MS, travel } from './modelled-media.ts';
import { PictureWatch } from './picture-watch.ts';

const EXTENSIONS = { mid: 1, rid: 2, repairedRid: 3, playoutDelay: null, transportSequence: 5 };

/**
 * The product's own sender, receiver, room and fan-out with a modelled line between, in whatever time `Date` and the timers have: under
 * fake ones a minute takes seconds, comes out the same on every machine, and shows what the line does and nothing of the machine.
 */
export class ModelledClass {
  readonly watch = new PictureWatch();
  readonly #up: LinkModel;
  readonly #down: LinkModel;
  readonly #random: () => number;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #box: MediaSession;
  readonly #edge: MediaSession;
  readonly #sink: WhipSink;

  constructor(seed: number, line: { readonly up: LinkOptions; readonly down: LinkOptions }) {
    this.#up = new LinkModel(line.up, seed);
    this.#down = new LinkModel(line.down, seed + 1_000);
    this.#random = randomFrom(seed + 2_000);
    const keys = keysOf();
    this.#box = this.#session('send', keys, (datagram) => travel(this.#up, datagram, () => receive(this.#edge, datagram)));
    this.#edge = this.#session('receive', swapped(keys), (datagram) => travel(this.#down, datagram, () => receive(this.#box, datagram)), this.#intoRoom());
    this.#sink = new WhipSink(asPeer(this.#box, none), { rids: LADDER.map(({ id }) => id), nowMs: () => Date.now() });
  }

  get layers(): readonly string[] {
    return this.#sink.layers;
  }

  get stats(): { readonly box: ReturnType<MediaSession['stats']>; readonly edge: ReturnType<MediaSession['stats']> } {
    return { box: this.#box.stats(), edge: this.#edge.stats() };
  }

  start(): void {
    this.#box.start();
    let frames = 0;
    this.#every(FRAME_MS, () => {
      for (const layer of LADDER) this.#sink.write(picture(layer, frames % FRAMES_A_GROUP === 0, this.#random));
      frames += 1;
    });
    this.#every(SOUND_MS, () => this.#sink.write({ kind: 'audio', codec: 'opus', captureUs: Date.now() * 1000, durationUs: SOUND_MS * 1000, channels: 1, data: Buffer.alloc(160, 0xfc) }));
    this.#every(TICK_MS, () => [this.#box, this.#edge].forEach((session) => session.tick()));
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#box.close();
    this.#edge.close();
  }

  #every(ms: number, act: () => void): void {
    this.#timers.push(setInterval(act, ms));
  }

  #session(direction: 'send' | 'receive', keys: SrtpKeys, send: (datagram: Buffer) => void, onFrame: (frame: ReceivedFrame) => void = () => undefined): MediaSession {
    let ssrc = direction === 'send' ? 100 : 900;
    return new MediaSession(streamsOf(direction), keys, { send, onFrame, onKeyframeRequested: () => undefined, onWayChanged: () => undefined, nowMs: () => Date.now(), cname: 'model', newSsrc: () => (ssrc += 1), pump: null, places: new CountingPlaces(0), destination: () => null });
  }

  /** Into a room with one viewer, whose own network is perfect. */
  #intoRoom(): (frame: ReceivedFrame) => void {
    const clock = { nowMs: () => Date.now(), nowUs: () => Date.now() * 1000 };
    const room = new Room('room-1', clock);
    const fanOut = new FanOut(room, clock.nowMs, () => null);
    room.attach(fanOut);
    const frames = new WhipFrames();
    const publication = room.publish({ protocol: 'whip', owner: 'box', rank: 0, requestKeyframe: () => undefined, dismiss: () => undefined });
    fanOut.add(viewerOf(this.watch), { account: 'amy', layer: null });
    return (frame) => {
      const packet = frames.packet(frame);
      if (packet !== null) publication.write(packet);
    };
  }
}

function streamsOf(direction: 'send' | 'receive'): AgreedStream[] {
  const common = { direction, nack: true, extensions: EXTENSIONS };
  const layers = LADDER.map(({ id }, index) => ({ rid: id, ssrc: 10 + index, rtxSsrc: 20 + index }));
  return [
    { ...common, kind: 'video', mid: '0', payloadType: 102, clockHz: 90_000, rtxPayloadType: 103, layers },
    { ...common, kind: 'audio', mid: '1', payloadType: 111, clockHz: 48_000, rtxPayloadType: null, layers: [{ rid: null, ssrc: 30, rtxSsrc: 0 }] },
  ];
}

const none = (): (() => void) => () => undefined;

function viewerOf(watch: PictureWatch): Peer {
  const idle = (): void => undefined;
  return {
    id: 'viewer', state: 'connected', heardAtMs: 0, on: none, close: idle, addRemoteCandidates: idle, forget: idle, probe: () => false, requestKeyframe: idle, way: null, watchWay: idle, join: () => false, leave: idle,
    send: ({ kind, captureUs, keyframe }) => watch.add({ kind, rid: null, captureUs, keyframe, data: Buffer.alloc(0) }),
    stats: () => ({ bytesSent: 0, bytesReceived: 0, packetsSent: 0, packetsReceived: 0, packetsLost: 0, retransmitted: 0, framesLeftOut: 0, roundTripMs: null, way: null }),
  };
}
