/** Sends one room's packets to all its WebRTC viewers. Each frame is cut into RTP payloads once, however many watch. */
import { packetizeH264 } from '#kit/media/rtp-h264.ts';
import type { AudioPacket, MediaPacket, VideoPacket } from '#kit/media/packet.ts';
import type { PacketizedFrame, Peer } from '#kit/webrtc/types.ts';
import type { Room, RoomSink } from '../rooms/room.ts';
import { WireRate } from '#kit/webrtc/congestion/wire-rate.ts';
import type { OnOffer } from './layer-choice.ts';
import { evenStamp } from './stamps.ts';
import { Viewer } from './viewer.ts';

/** With SRTP, UDP and IP around it this fits the 1,280 bytes that every IPv6 path carries (RFC 8200 section 5). */
const MAX_PAYLOAD_BYTES = 1_180;
/** Viewers stay this long with a room whose publisher is away; it mostly comes back. */
const PATIENCE_MS = 30_000;
/** A viewer that keeps losing pictures gets the cache again at most this often; between, it waits for the next keyframe. */
const BURST_EVERY_MS = 2_000;

export class FanOut implements RoomSink {
  readonly name = 'webrtc';
  readonly #room: Room;
  readonly #nowMs: () => number;
  readonly #viewers = new Map<Viewer, { burstAtMs: number }>();
  /** Payloads of the frames that the room's cache still holds. */
  readonly #cut = new WeakMap<VideoPacket, PacketizedFrame>();
  readonly #rates = new Map<string, WireRate>();
  readonly #soundRate = new WireRate();
  #nextSoundUs: number | null = null;

  constructor(room: Room, nowMs: () => number) {
    this.#room = room;
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#viewers.size;
  }

  get students(): number {
    return [...this.#viewers.keys()].filter(({ account }) => account !== null).length;
  }

  add(peer: Peer, options: { readonly account: string | null; readonly layer: string | null }): Viewer {
    const viewer = new Viewer(peer, options);
    const begin = (): void => {
      this.#viewers.set(viewer, { burstAtMs: this.#nowMs() });
      this.#begin(viewer);
    };
    peer.on('closed', () => this.#viewers.delete(viewer));
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
    for (const viewer of this.#viewers.keys()) viewer.reset();
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
    if (packet.kind === 'audio') return packet.codec === 'opus' ? this.#soundRate.add(packet.captureUs, packet.data.length) : undefined;
    const rate = this.#rates.get(packet.layer) ?? new WireRate();
    this.#rates.set(packet.layer, rate);
    rate.add(packet.captureUs, packet.data.length);
  }

  #onOffer(): OnOffer {
    return { layers: this.#room.layers(), kbpsOf: (layer) => this.#rates.get(layer)?.kbps ?? 0, soundKbps: this.#soundRate.kbps };
  }

  #cached(layer: string): PacketizedFrame[] {
    return this.#room.gop(layer).map((packet) => this.#packetized(packet));
  }

  #writeVideo(packet: VideoPacket): void {
    const layers = this.#room.layers();
    const frame = this.#packetized(packet);
    for (const viewer of this.#viewers.keys()) {
      if (viewer.takes(packet, layers)) viewer.sendVideo(frame);
      else if (viewer.rescue(packet.captureUs, layers) === packet.layer) viewer.begin(packet.layer, this.#cached(packet.layer));
    }
  }

  #writeAudio(packet: AudioPacket): void {
    const captureUs = evenStamp(this.#nextSoundUs, packet.captureUs);
    this.#nextSoundUs = captureUs + packet.durationUs;
    const frame: PacketizedFrame = { kind: 'audio', captureUs, keyframe: true, payloads: [packet.data] };
    for (const viewer of this.#viewers.keys()) viewer.sendAudio(frame);
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
