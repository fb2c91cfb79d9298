import type { MediaPacket, PacketSink, VideoPacket } from '#kit/media/packet.ts';
import { packetizeH264 } from '#kit/media/rtp-h264.ts';
import type { Peer } from '#kit/webrtc/types.ts';
import { everything, nextLayers, type LayerState } from '#kit/webrtc/congestion/layer-policy.ts';
import { WireRate } from '#kit/webrtc/congestion/wire-rate.ts';

/** Leaves room for RTP header, extensions and the cipher's tag in 1,280 bytes, the least that IPv6 promises. */
const MAX_PAYLOAD_BYTES = 1_180;
const DECIDE_EVERY_MS = 100;
/** A queue this long on the way, ms, is let run dry: pictures wait for the next keyframe, which is a second away at most. */
const DRAINED_FROM_MS = 250;
const DRAIN_EVERY_MS = 4_000;

export interface WhipSinkOptions {
  /** Renditions, best first. */
  readonly rids: readonly string[];
  readonly nowMs: () => number;
}

/** Opus sound and the renditions that the way carries, cut into RTP payloads for one peer. A rendition begins with a keyframe. */
export class WhipSink implements PacketSink {
  readonly name = 'whip';
  readonly #peer: Peer;
  readonly #options: WhipSinkOptions;
  readonly #rates: ReadonlyMap<string, WireRate>;
  readonly #sound = new WireRate();
  readonly #flowing = new Set<string>();
  #layers: LayerState;
  #decidedAtMs = 0;
  #drainedAtMs = 0;

  constructor(peer: Peer, options: WhipSinkOptions) {
    this.#peer = peer;
    this.#options = options;
    this.#rates = new Map(options.rids.map((rid) => [rid, new WireRate()]));
    this.#layers = everything(options.rids.length);
  }

  /** Renditions that are being sent, best first. */
  get layers(): string[] {
    return this.#options.rids.filter((rid) => this.#flowing.has(rid));
  }

  write(packet: MediaPacket): void {
    this.#decide();
    if (packet.kind === 'video') this.#video(packet);
    else if (packet.codec === 'opus') {
      this.#sound.add(packet.captureUs, packet.data.length);
      this.#peer.send({ kind: 'audio', captureUs: packet.captureUs, keyframe: true, payloads: [packet.data] });
    }
  }

  /** A layer's frames once more, for a receiver that asked. */
  repeat(packets: readonly VideoPacket[]): void {
    for (const packet of packets) if (this.#flowing.has(packet.layer)) this.#send(packet);
  }

  #video(packet: VideoPacket): void {
    const { layer, keyframe } = packet;
    this.#rates.get(layer)?.add(packet.captureUs, packet.data.length);
    if (!this.#isWanted(layer)) this.#stop(layer);
    else if (keyframe) this.#flowing.add(layer);
    if (this.#flowing.has(layer)) this.#send(packet);
  }

  #stop(layer: string): void {
    if (this.#flowing.delete(layer)) this.#peer.forget(this.#ridOf(layer));
  }

  /** Nothing but sound until the next keyframe: what stands in the queue would delay everything after it for many seconds. */
  #drain(nowMs: number): void {
    if (nowMs - this.#drainedAtMs < DRAIN_EVERY_MS) return;
    this.#drainedAtMs = nowMs;
    for (const layer of this.layers) this.#stop(layer);
  }

  #send({ captureUs, keyframe, data, layer }: VideoPacket): void {
    this.#peer.send({ kind: 'video', captureUs, keyframe, payloads: packetizeH264(data, MAX_PAYLOAD_BYTES) }, this.#ridOf(layer));
  }

  /** A stream that is alone was agreed on without a name. */
  #ridOf(layer: string): string | null {
    return this.#options.rids.length > 1 ? layer : null;
  }

  #isWanted(layer: string): boolean {
    const { rids } = this.#options;
    const at = rids.indexOf(layer);
    return at !== -1 && at >= rids.length - this.#layers.active;
  }

  #decide(): void {
    const nowMs = this.#options.nowMs();
    if (nowMs - this.#decidedAtMs < DECIDE_EVERY_MS) return;
    this.#decidedAtMs = nowMs;
    const { way } = this.#peer;
    if (way === null) return;
    const { rids } = this.#options;
    const needsKbps = [this.#sound.kbps];
    for (const rid of rids.toReversed()) needsKbps.push((needsKbps.at(-1) ?? 0) + (this.#rates.get(rid)?.kbps ?? 0));
    const { state, probeKbps } = nextLayers(this.#layers, { kbps: way.bps / 1000, limited: way.limited }, needsKbps, nowMs);
    this.#layers = state;
    if (way.limited && way.queueMs > DRAINED_FROM_MS) this.#drain(nowMs);
    const smallest = rids.at(-1) ?? null;
    if (probeKbps !== null) this.#peer.probe(probeKbps * 1000, rids.length > 1 ? smallest : null);
  }
}

/**
 * Whether a wish for a keyframe is answered with the cached GOP. Only a receiver that has just come needs it; later the next
 * keyframe is never more than a second away, and frames sent twice would turn the viewers' time back.
 */
export function answersFromCache(connectedAtMs: number, answeredAtMs: number, nowMs: number): boolean {
  return nowMs - connectedAtMs <= 2_000 && nowMs - answeredAtMs >= 500;
}
