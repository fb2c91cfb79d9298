import { openTwin } from '#edge-relay/pump/twin.ts';
import { type Publication, Room } from '#edge-relay/rooms/room.ts';
import { FanOut } from '#edge-relay/webrtc/fan-out.ts';
import { PumpCohort } from '#kit/webrtc/cohort.ts';
import { CountingPlaces } from '#kit/webrtc/congestion/counting-places.ts';
import { MediaSession } from '#kit/webrtc/media-session.ts';
import type { MediaPump } from '#kit/webrtc/pump.ts';
import type { SrtpKeys } from '#kit/webrtc/srtp/session.ts';
import type { AgreedStream } from '#kit/webrtc/stream.ts';
import { LinkModel, type LinkOptions } from '#kit/webrtc/testing/link-model.ts';
import { randomFrom } from '#kit/testing/random.ts';
import type { ReceivedFrame } from '#kit/webrtc/types.ts';
import { asPeer, FRAME_MS, FRAMES_A_GROUP, keysOf, LADDER, picture, receive, SOUND_MS, swapped, TICK_MS, travel } from './modelled-media.ts';
import { PictureWatch } from './picture-watch.ts';

const EXTENSIONS = { mid: 1, rid: null, repairedRid: null, playoutDelay: 6 };
/** Of the extension that numbers packets. */
const NUMBERED = 5;

const STUDENT = { address: '192.0.2.1', port: 9 };

/** A class at the edge and one student behind a line: room, fan-out, the pump's twin and a receiver of our own, in whatever time `Date` and the timers have. */
export class ModelledViewer {
  readonly watch = new PictureWatch();
  /** Sound packets that came. */
  sounds = 0;
  /** Which layer the newest picture was of. */
  layer: string | null = null;
  readonly #up: LinkModel;
  readonly #down: LinkModel;
  readonly #random: () => number;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #pump: MediaPump;
  readonly #places: CountingPlaces;
  readonly #edge: MediaSession;
  readonly #student: MediaSession;
  readonly #room = new Room('room-1', { nowMs: () => Date.now(), nowUs: () => Date.now() * 1000 });
  #publication: Publication | null = null;
  readonly #wayListeners: (() => void)[] = [];
  readonly #keyframeListeners: (() => void)[] = [];

  readonly #countable: boolean;

  /** @param places in which its packets may be counted; null for a student whose browser can't tell when each came */
  constructor(seed: number, line: { readonly up: LinkOptions; readonly down: LinkOptions }, places: CountingPlaces | null = new CountingPlaces(1)) {
    this.#countable = places !== null;
    this.#places = places ?? new CountingPlaces(0);
    this.#up = new LinkModel(line.up, seed);
    this.#down = new LinkModel(line.down, seed + 1_000);
    this.#random = randomFrom(seed + 2_000);
    const keys = keysOf();
    const toStudent = (datagram: Buffer): void => travel(this.#down, datagram, () => receive(this.#student, datagram));
    this.#pump = openTwin({ host: '', port: 0, nowMs: () => Date.now(), send: toStudent });
    this.#edge = this.#session('send', keys, toStudent, this.#pump);
    this.#student = this.#session('receive', swapped(keys), (datagram) => travel(this.#up, datagram, () => receive(this.#edge, datagram)), null);
  }

  /** What is known of the way to the student; null while nothing is counted. */
  get way(): MediaSession['way'] {
    return this.#edge.way;
  }

  get stats(): ReturnType<MediaSession['stats']> {
    return this.#edge.stats();
  }

  start(): void {
    const nowMs = (): number => Date.now();
    const fanOut = new FanOut(this.#room, nowMs, (kind) => new PumpCohort(kind, this.#pump, nowMs));
    this.#room.attach(fanOut);
    this.publish();
    this.#edge.start();
    let frames = 0;
    this.#every(FRAME_MS, () => {
      for (const layer of LADDER) this.#publication?.write(picture(layer, frames % FRAMES_A_GROUP === 0, this.#random));
      frames += 1;
    });
    this.#every(SOUND_MS, () => this.#publication?.write({ kind: 'audio', codec: 'opus', captureUs: Date.now() * 1000, durationUs: SOUND_MS * 1000, channels: 1, data: Buffer.alloc(160, 0xfc) }));
    this.#every(TICK_MS, () => [this.#edge, this.#student].forEach((session) => session.tick()));
    fanOut.add(asPeer(this.#edge, (event, listener) => this.#on(event, listener as () => void)), { account: 'amy', layer: null });
  }

  publish(): void {
    this.#publication = this.#room.publish({ protocol: 'whip', owner: 'box', rank: 0, requestKeyframe: () => undefined, dismiss: () => undefined });
  }

  /** The publisher goes away and may come again. */
  unpublish(): void {
    this.#publication?.end();
    this.#publication = null;
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#edge.close();
    this.#student.close();
  }

  #every(ms: number, act: () => void): void {
    this.#timers.push(setInterval(act, ms));
  }

  #on(event: string, listener: () => void): () => void {
    if (event === 'way-changed') this.#wayListeners.push(listener);
    if (event === 'keyframe-requested') this.#keyframeListeners.push(listener);
    return () => undefined;
  }

  #session(direction: 'send' | 'receive', keys: SrtpKeys, send: (datagram: Buffer) => void, pump: MediaPump | null): MediaSession {
    let ssrc = direction === 'send' ? 100 : 900;
    const call = (listeners: readonly (() => void)[]) => (): void => listeners.forEach((listener) => listener());
    return new MediaSession(streamsOf(direction, this.#countable ? NUMBERED : null), keys, {
      send, pump, places: this.#places, onFrame: (frame) => this.#onFrame(frame), onKeyframeRequested: call(this.#keyframeListeners), onWayChanged: call(this.#wayListeners),
      nowMs: () => Date.now(), cname: 'model', newSsrc: () => (ssrc += 1), destination: () => STUDENT,
    });
  }

  #onFrame(frame: ReceivedFrame): void {
    this.watch.add(frame);
    if (frame.kind === 'audio') this.sounds += 1;
    else this.layer = LADDER.find(({ fill }) => fill === frame.data.at(-1))?.id ?? null;
  }
}

function streamsOf(direction: 'send' | 'receive', transportSequence: number | null): AgreedStream[] {
  const common = { direction, nack: true, extensions: { ...EXTENSIONS, transportSequence } };
  return [
    { ...common, kind: 'video', mid: '0', payloadType: 102, clockHz: 90_000, rtxPayloadType: 103, layers: [{ rid: null, ssrc: 10, rtxSsrc: 20 }] },
    { ...common, kind: 'audio', mid: '1', payloadType: 111, clockHz: 48_000, rtxPayloadType: null, layers: [{ rid: null, ssrc: 30, rtxSsrc: 0 }] },
  ];
}
