/** One WebRTC viewer: which layer it gets, from which keyframe on, with which time stamps. */
import type { VideoPacket } from '#kit/media/packet.ts';
import type { PacketizedFrame, Peer } from '#kit/webrtc/types.ts';
import type { Layer } from '../rooms/layers.ts';
import { nextStamp, pressed } from './stamps.ts';

/** Longer than a lost packet holds a layer back, and soon enough for a picture that stands to be a hiccup. */
const STOPPED_US = 500_000;

export class Viewer {
  readonly peer: Peer;
  /** Null for the room's own box, which is not a student. */
  readonly account: string | null;
  /** The layer asked for in the address; null for the largest. */
  readonly #wanted: string | null;
  #current: string | null = null;
  #lastVideoUs: number | null = null;
  /** Capture time of the last picture, as its publisher gave it. */
  #newestUs = 0;
  #lastAudioUs: number | null = null;

  constructor(peer: Peer, options: { readonly account: string | null; readonly layer: string | null }) {
    this.peer = peer;
    this.account = options.account;
    this.#wanted = options.layer;
  }

  get layer(): string | null {
    return this.#current;
  }

  /** Whether this packet is for this viewer; a keyframe may move it to the layer it should have. `layers`: largest first. */
  takes(packet: VideoPacket, layers: readonly Layer[]): boolean {
    if (packet.keyframe && packet.layer !== this.#current && this.#prefers(packet.layer, layers)) this.#current = packet.layer;
    return packet.layer === this.#current;
  }

  /** The layer to begin anew with, where the present one has stopped while others go on; null where nothing is wrong. */
  rescue(nowUs: number, layers: readonly Layer[]): string | null {
    if (this.#current === null || nowUs - this.#newestUs < STOPPED_US) return null;
    return layers.find(({ id, latestUs }) => id !== this.#current && nowUs - latestUs < STOPPED_US)?.id ?? null;
  }

  /** Begins with what the cache has, so that the first picture is there at once. */
  begin(layer: string, gop: readonly PacketizedFrame[]): void {
    if (gop.length === 0) return;
    this.#current = layer;
    this.#newestUs = gop.at(-1)?.captureUs ?? this.#newestUs;
    for (const frame of pressed(gop)) this.#stamp(frame);
  }

  sendVideo(frame: PacketizedFrame): void {
    this.#newestUs = frame.captureUs;
    this.#stamp(frame);
  }

  #stamp(frame: PacketizedFrame): void {
    const captureUs = nextStamp(this.#lastVideoUs, frame.captureUs);
    this.#lastVideoUs = captureUs;
    this.peer.send(captureUs === frame.captureUs ? frame : { ...frame, captureUs });
  }

  sendAudio(frame: PacketizedFrame): void {
    const captureUs = nextStamp(this.#lastAudioUs, frame.captureUs);
    this.#lastAudioUs = captureUs;
    this.peer.send(captureUs === frame.captureUs ? frame : { ...frame, captureUs });
  }

  /** The publisher changed: wait for its first keyframe, of whatever layer. */
  reset(): void {
    this.#current = null;
  }

  #prefers(layer: string, layers: readonly Layer[]): boolean {
    if (this.#current === null) return true;
    if (this.#wanted !== null && layers.some(({ id }) => id === this.#wanted)) return layer === this.#wanted;
    const rank = (id: string | null): number => layers.findIndex((candidate) => candidate.id === id);
    return rank(layer) < rank(this.#current) || rank(this.#current) < 0;
  }
}
