/** One WebRTC viewer: which layer it gets, from which keyframe on, with which time stamps. */
import type { Static } from 'typebox';
import type { VideoPacket } from '#kit/media/packet.ts';
import type { Cohort, PacketizedFrame, Peer } from '#kit/webrtc/types.ts';
import type { WhepFigures } from '../contract/operations.ts';
import type { Layer } from '../rooms/layers.ts';
import { LayerChoice, type OnOffer } from './layer-choice.ts';
import { nextStamp, pressed } from './stamps.ts';

/** Longer than a lost packet holds a layer back, and soon enough for a picture that stands to be a hiccup. */
export const STOPPED_US = 500_000;
const DECIDE_EVERY_MS = 100;

export class Viewer {
  readonly protocol = 'whep';
  readonly peer: Peer;
  /** Null for the room's own box, which is not a student. */
  readonly account: string | null;
  readonly #choice: LayerChoice;
  #current: string | null = null;
  #lastVideoUs: number | null = null;
  /** Capture time of the last picture, as its publisher gave it. */
  #newestUs = 0;
  #lastAudioUs: number | null = null;
  #decidedAtMs = Number.NEGATIVE_INFINITY;

  /** @param options `layer` is the one asked for in the address; null for the largest that gets through */
  constructor(peer: Peer, options: { readonly account: string | null; readonly layer: string | null }) {
    this.peer = peer;
    this.account = options.account;
    this.#choice = new LayerChoice(options.layer);
  }

  /** The layer it gets; null before its first keyframe, and where only sound gets through. */
  get layer(): string | null {
    return this.#current;
  }

  /** Less than was wanted gets through. */
  get isLowered(): boolean {
    return this.#choice.isLowered;
  }

  /** Stamp of the last frame that went to it by itself, µs; null before the first. */
  lastUs(kind: Cohort['kind']): number | null {
    return kind === 'video' ? this.#lastVideoUs : this.#lastAudioUs;
  }

  /** Frames up to this one went to it together with others, stamped as captured. */
  followed(kind: Cohort['kind'], captureUs: number): void {
    if (kind === 'audio') this.#lastAudioUs = captureUs;
    else this.#newestUs = this.#lastVideoUs = captureUs;
  }

  /** The layer it should have. `layers`: largest first. */
  target(layers: readonly Layer[]): Layer | null {
    return this.#choice.target(layers);
  }

  /** Whether this packet is for this viewer; a keyframe may move it to the layer it should have. `layers`: largest first. */
  takes(packet: VideoPacket, layers: readonly Layer[]): boolean {
    if (packet.keyframe && packet.layer !== this.#current && this.#prefers(packet.layer, layers)) this.#current = packet.layer;
    return packet.layer === this.#current;
  }

  /** The layer to begin anew with, where the present one has stopped while others go on; null where nothing is wrong. */
  rescue(nowUs: number, layers: readonly Layer[]): string | null {
    if (this.#current === null || nowUs - this.#newestUs < STOPPED_US) return null;
    const flowing = layers.filter(({ id, latestUs }) => id !== this.#current && nowUs - latestUs < STOPPED_US);
    const most = this.#choice.target(layers);
    return (flowing.find(({ width }) => width <= (most?.width ?? 0)) ?? flowing[0])?.id ?? null;
  }

  figures(): Static<typeof WhepFigures> {
    const { bytesSent, packetsSent, packetsLost, retransmitted, framesLeftOut, roundTripMs, way } = this.peer.stats();
    return {
      protocol: 'whep', layer: this.#current, roundTripMs, bytesSent, packetsSent, retransmitted, framesLeftOut,
      lossShare: packetsSent === 0 ? 0 : Math.max(0, packetsLost) / packetsSent,
      way: way === null ? null : { kbps: way.bps / 1000, limited: way.limited, lossShare: way.lossShare, queueMs: way.queueMs },
    };
  }

  end(reason: string): void {
    this.peer.close(reason);
  }

  /** Follows what the way to it carries. */
  adapt(offerOf: () => OnOffer, nowMs: number): void {
    const { way } = this.peer;
    if (way === null || nowMs - this.#decidedAtMs < DECIDE_EVERY_MS) return;
    this.#decidedAtMs = nowMs;
    const offer = offerOf();
    const { probeKbps, drains } = this.#choice.decide(way, offer, nowMs);
    if (probeKbps !== null && !this.peer.probe(probeKbps * 1000, null)) this.#choice.tryMore(nowMs);
    if (drains || this.#choice.target(offer.layers) === null) this.#stop();
    this.peer.watchWay(this.#choice.isLowered);
  }

  /** Begins with what the cache has, so that the first picture is there at once. */
  begin(layer: string, gop: readonly PacketizedFrame[]): void {
    if (gop.length === 0) return;
    this.peer.leave('video');
    this.#current = layer;
    this.#newestUs = gop.at(-1)?.captureUs ?? this.#newestUs;
    for (const frame of pressed(gop)) this.#stamp(frame);
  }

  sendVideo(frame: PacketizedFrame): void {
    this.peer.leave('video');
    this.#newestUs = frame.captureUs;
    this.#stamp(frame);
  }

  #stamp(frame: PacketizedFrame): void {
    const captureUs = nextStamp(this.#lastVideoUs, frame.captureUs);
    this.#lastVideoUs = captureUs;
    this.peer.send(captureUs === frame.captureUs ? frame : { ...frame, captureUs });
  }

  sendAudio(frame: PacketizedFrame): void {
    this.peer.leave('audio');
    const captureUs = nextStamp(this.#lastAudioUs, frame.captureUs);
    this.#lastAudioUs = captureUs;
    this.peer.send(captureUs === frame.captureUs ? frame : { ...frame, captureUs });
  }

  /** The publisher changed: wait for its first keyframe, of whatever layer. */
  reset(nowMs: number): void {
    this.#current = null;
    this.#choice.publisherChanged(nowMs);
  }

  /** No picture before the next keyframe of the layer it should have, and none of the old one again. */
  #stop(): void {
    if (this.#current === null) return;
    this.#current = null;
    this.peer.forget(null);
  }

  #prefers(layer: string, layers: readonly Layer[]): boolean {
    const target = this.#choice.target(layers);
    if (layer === target?.id || target === null) return target !== null;
    const rank = (id: string | null): number => layers.findIndex((candidate) => candidate.id === id);
    // Until the right one has a keyframe, one that surely fits.
    return rank(this.#current) < 0 && rank(layer) > rank(target.id);
  }
}
