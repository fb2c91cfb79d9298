/** The renditions that a publisher sends, learned from its keyframes. */
import { parameterSetsOf, parseSps, type SpsInfo } from '#kit/media/h264.ts';
import type { VideoPacket } from '#kit/media/packet.ts';
import { CodedError } from '#kit/process/errors.ts';
import { GopCache } from './gop-cache.ts';

/** A layer this far behind the newest frame of the room is not being sent: the publisher's network carries no more, or it was lost. */
const GONE_US = 1_000_000;
/** More simulcast streams than any publisher of ours or any browser sends. */
const MAX_LAYERS = 4;

export interface Layer {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** Hex of profile_idc, constraints and level, e.g. `42c01f`. */
  readonly profileLevelId: string;
  readonly gop: GopCache;
  /** Capture time of the last keyframe, microseconds since 1970. */
  readonly keyframeUs: number;
  /** Capture time of the last frame. */
  readonly latestUs: number;
}

export class Layers {
  readonly #layers = new Map<string, Layer>();
  readonly #sps = new Map<string, Buffer>();

  /** Takes a frame in; false where it can't be used: an unknown layer before its first keyframe, or one too many. */
  push(packet: VideoPacket): boolean {
    if (packet.keyframe) this.#learn(packet);
    const layer = this.#layers.get(packet.layer);
    if (layer === undefined) return false;
    layer.gop.push(packet);
    this.#layers.set(packet.layer, { ...layer, latestUs: packet.captureUs });
    return true;
  }

  /** Those that flow, largest picture first; all that were last seen together, while nothing comes. */
  all(): readonly Layer[] {
    const layers = [...this.#layers.values()];
    const newestUs = Math.max(...layers.map(({ latestUs }) => latestUs));
    return layers.filter(({ latestUs }) => newestUs - latestUs < GONE_US).sort((a, b) => b.width * b.height - a.width * a.height);
  }

  get(id: string): Layer | null {
    return this.#layers.get(id) ?? null;
  }

  clear(): void {
    this.#layers.clear();
    this.#sps.clear();
  }

  #learn(packet: VideoPacket): void {
    const known = this.#layers.get(packet.layer);
    const sps = parameterSetsOf(packet.data)?.sps ?? null;
    if (sps === null || (known === undefined && this.#layers.size >= MAX_LAYERS)) return;
    if (known !== undefined && this.#sps.get(packet.layer)?.equals(sps)) {
      this.#layers.set(packet.layer, { ...known, keyframeUs: packet.captureUs });
      return;
    }
    const picture = readSps(sps);
    if (picture === null) return;
    const { width, height, profileLevelId } = picture;
    const gop = known?.gop ?? new GopCache();
    this.#layers.set(packet.layer, { id: packet.layer, width, height, profileLevelId, gop, keyframeUs: packet.captureUs, latestUs: packet.captureUs });
    this.#sps.set(packet.layer, Buffer.from(sps));
  }
}

/** Null where a foreign encoder's parameters can't be read: its layer is not offered. */
function readSps(sps: Buffer): SpsInfo | null {
  try {
    return parseSps(sps);
  } catch (error) {
    if (error instanceof CodedError || error instanceof RangeError) return null;
    throw error;
  }
}
