/** Sends one room's packets to all its WebRTC viewers. Each frame is cut into RTP payloads once, however many watch. */
import { packetizeH264 } from '#kit/media/rtp-h264.ts';
import type { AudioPacket, MediaPacket, VideoPacket } from '#kit/media/packet.ts';
import type { Cohort, PacketizedFrame, Peer } from '#kit/webrtc/types.ts';
import type { Room, RoomSink } from '../rooms/room.ts';
import { WireRate } from '#kit/webrtc/congestion/wire-rate.ts';
import type { OnOffer } from './layer-choice.ts';
import { LayerRates } from './layer-rates.ts';
import { PacketHistory, type PacketHistoryFigures } from './packet-history.ts';
import { evenStamp } from './stamps.ts';
import { Together } from './together.ts';
import { STOPPED_US, Viewer } from './viewer.ts';

/** With SRTP, UDP and IP around it this fits the 1,280 bytes that every IPv6 path carries (RFC 8200 section 5). */
const MAX_PAYLOAD_BYTES = 1_180;
/** Viewers stay this long with a room whose publisher is away; it mostly comes back. */
const PATIENCE_MS = 30_000;
/** A viewer that keeps losing pictures gets the cache again at most this often; between, it waits for the next keyframe. */
const BURST_EVERY_MS = 2_000;

/** Null where each viewer is sent to by itself. */
export type OpenCohort = (kind: Cohort['kind']) => Cohort | null;

export class FanOut implements RoomSink {
  readonly name = 'webrtc';
  readonly #room: Room;
  readonly #nowMs: () => number;
  readonly #viewers = new Map<Viewer, { burstAtMs: number }>();
  readonly #openCohort: OpenCohort;
  /** Those to whom pictures, and sound, go one by one just now. */
  readonly #alone = { video: new Set<Viewer>(), audio: new Set<Viewer>() };
  /** The others, by layer. A member of one has that layer. */
  readonly #pictures = new Map<string, Together>();
  readonly #sound: Together;
  /** Payloads of the frames that the room's cache still holds. */
  readonly #cut = new WeakMap<VideoPacket, PacketizedFrame>();
  readonly #history = new PacketHistory();
  readonly #rates = new LayerRates();
  readonly #soundRate = new WireRate();
  #nextSoundUs: number | null = null;

  constructor(room: Room, nowMs: () => number, openCohort: OpenCohort) {
    this.#room = room;
    this.#nowMs = nowMs;
    this.#openCohort = openCohort;
    this.#sound = this.#together('audio');
  }

  get size(): number {
    return this.#viewers.size;
  }

  /** Packets of pictures that viewers may ask for again. */
  get history(): PacketHistoryFigures {
    return this.#history.figures(this.#nowMs());
  }

  get students(): number {
    return [...this.#viewers.keys()].filter(({ account }) => account !== null).length;
  }

  add(peer: Peer, options: { readonly account: string | null; readonly layer: string | null }): Viewer {
    const viewer = new Viewer(peer, options);
    const begin = (): void => {
      this.#viewers.set(viewer, { burstAtMs: this.#nowMs() });
      this.#alone.video.add(viewer);
      this.#alone.audio.add(viewer);
      this.#begin(viewer);
    };
    peer.on('closed', () => this.#forget(viewer));
    peer.on('keyframe-requested', () => this.#repair(viewer));
    peer.on('way-changed', () => viewer.adapt(() => this.#onOffer(), this.#nowMs()));
    if (peer.state === 'connected') begin();
    else peer.on('connected', begin);
    return viewer;
  }

  write(packet: MediaPacket): void {
    this.#measure(packet);
    if (this.#viewers.size === 0) return;
    if (packet.kind === 'video') this.#writeVideo(packet);
    else if (packet.codec === 'opus') this.#writeAudio(packet);
  }

  publisherChanged(): void {
    this.#rates.clear();
    for (const together of this.#pictures.values()) together.disband();
    this.#pictures.clear();
    for (const viewer of this.#viewers.keys()) viewer.reset(this.#nowMs());
  }

  /** An account's right to watch is gone. */
  dismiss(account: string): void {
    for (const viewer of this.#viewers.keys()) {
      if (viewer.account === account) viewer.peer.close('the ticket for this class is no longer valid');
    }
  }

  accounts(): ReadonlySet<string> {
    return new Set([...this.#viewers.keys()].flatMap(({ account }) => (account === null ? [] : [account])));
  }

  /** Called now and then: nobody waits for a publisher that stays away. */
  tick(): void {
    this.#history.trim(this.#nowMs());
    const idleMs = this.#room.idleMs();
    if (idleMs === null || idleMs < PATIENCE_MS) return;
    for (const viewer of this.#viewers.keys()) viewer.peer.close('nothing has come from this room for 30 s');
  }

  #begin(viewer: Viewer): void {
    const layer = viewer.target(this.#room.layers());
    if (layer === null) return;
    viewer.begin(layer.id, this.#cached(layer.id));
    this.#room.keyframeWanted(layer.id);
  }

  /** The viewer can't decode: what is cached goes out again, later in its time than anything it had. */
  #repair(viewer: Viewer): void {
    const state = this.#viewers.get(viewer);
    const layer = viewer.layer;
    if (state === undefined || layer === null) return;
    this.#room.keyframeWanted(layer);
    const nowMs = this.#nowMs();
    // On a narrow way the group would come later than the next keyframe.
    if (viewer.isLowered || nowMs - state.burstAtMs < BURST_EVERY_MS) return;
    state.burstAtMs = nowMs;
    viewer.begin(layer, this.#cached(layer));
  }

  #measure(packet: MediaPacket): void {
    if (packet.kind === 'video') this.#rates.add(packet.layer, packet.captureUs, packet.data.length);
    else if (packet.codec === 'opus') this.#soundRate.add(packet.captureUs, packet.data.length);
  }

  #onOffer(): OnOffer {
    return { layers: this.#room.layers(), kbpsOf: (layer) => this.#rates.kbpsOf(layer), soundKbps: this.#soundRate.kbps };
  }

  #cached(layer: string): PacketizedFrame[] {
    const frames = this.#room.gop(layer).map((packet) => this.#packetized(packet));
    for (const frame of frames) this.#history.note(frame, this.#nowMs());
    return frames;
  }

  #writeVideo(packet: VideoPacket): void {
    const layers = this.#room.layers();
    const frame = this.#packetized(packet);
    this.#partWhereStopped(packet.captureUs);
    const together = this.#picturesOf(packet.layer);
    const rest = together.send(frame) ? this.#othersThan(together, packet.keyframe) : this.#viewers.keys();
    let goesOut = together.size > 0;
    for (const viewer of rest) {
      if (viewer.takes(packet, layers)) {
        viewer.sendVideo(frame);
        goesOut = true;
        if (together.admit(viewer, frame)) this.#alone.video.delete(viewer);
      } else if (this.#alone.video.has(viewer) && viewer.rescue(packet.captureUs, layers) === packet.layer) {
        viewer.begin(packet.layer, this.#cached(packet.layer));
      }
    }
    if (goesOut) this.#history.note(frame, this.#nowMs());
  }

  /** With a keyframe anybody who has another layer may move to this one. */
  #othersThan(together: Together, keyframe: boolean): Viewer[] {
    return keyframe ? [...this.#viewers.keys()].filter((viewer) => !together.has(viewer)) : [...this.#alone.video];
  }

  #writeAudio(packet: AudioPacket): void {
    const captureUs = evenStamp(this.#nextSoundUs, packet.captureUs);
    this.#nextSoundUs = captureUs + packet.durationUs;
    const frame: PacketizedFrame = { kind: 'audio', captureUs, keyframe: true, payloads: [packet.data] };
    const rest = this.#sound.send(frame) ? [...this.#alone.audio] : this.#viewers.keys();
    for (const viewer of rest) {
      viewer.sendAudio(frame);
      if (this.#sound.admit(viewer, frame)) this.#alone.audio.delete(viewer);
    }
  }

  #together(kind: Cohort['kind']): Together {
    return new Together(this.#openCohort(kind), (viewer) => this.#alone[kind].add(viewer));
  }

  #picturesOf(layer: string): Together {
    const together = this.#pictures.get(layer) ?? this.#together('video');
    this.#pictures.set(layer, together);
    return together;
  }

  /** Each of those whose layer has stopped looks for another. */
  #partWhereStopped(nowUs: number): void {
    for (const together of this.#pictures.values()) if (nowUs - together.newestUs >= STOPPED_US) together.disband();
  }

  #forget(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    this.#alone.video.delete(viewer);
    this.#alone.audio.delete(viewer);
  }

  #packetized(packet: VideoPacket): PacketizedFrame {
    const known = this.#cut.get(packet);
    if (known !== undefined) return known;
    const { captureUs, keyframe } = packet;
    const frame: PacketizedFrame = { kind: 'video', captureUs, keyframe, payloads: packetizeH264(packet.data, MAX_PAYLOAD_BYTES) };
    this.#cut.set(packet, frame);
    return frame;
  }
}
