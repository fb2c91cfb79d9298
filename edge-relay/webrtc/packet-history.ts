/** Packets that the pump may be asked for again. It holds each frame once, however many viewers it went to. */
import type { PacketizedFrame } from '#kit/webrtc/types.ts';

/** What is older than this is not sent again: both pumps have this number too. */
const KEPT_MS = 2_000;

interface Kept {
  readonly atMs: number;
  readonly bytes: number;
}

export interface PacketHistoryFigures {
  readonly packets: number;
  readonly bytes: number;
  /** Since the oldest of them went out. */
  readonly ms: number;
}

export class PacketHistory {
  /** By the array of payloads, which is the frame; oldest use first. */
  readonly #frames = new Map<readonly Buffer[], Kept>();
  #packets = 0;
  #bytes = 0;

  /** Goes out now, to whomever, and maybe not for the first time. */
  note({ payloads }: Pick<PacketizedFrame, 'payloads'>, nowMs: number): void {
    const bytes = this.#forget(payloads) ?? payloads.reduce((sum, { length }) => sum + length, 0);
    this.#frames.set(payloads, { atMs: nowMs, bytes });
    this.#packets += payloads.length;
    this.#bytes += bytes;
    this.trim(nowMs);
  }

  figures(nowMs: number): PacketHistoryFigures {
    this.trim(nowMs);
    const [oldest] = this.#frames.values();
    return { packets: this.#packets, bytes: this.#bytes, ms: oldest === undefined ? 0 : Math.max(0, nowMs - oldest.atMs) };
  }

  /** To be called also while nothing goes out: nobody asks for what is older. */
  trim(nowMs: number): void {
    for (const [payloads, { atMs }] of this.#frames) {
      if (nowMs - atMs <= KEPT_MS) return;
      this.#forget(payloads);
    }
  }

  #forget(payloads: readonly Buffer[]): number | null {
    const known = this.#frames.get(payloads);
    if (known === undefined) return null;
    this.#frames.delete(payloads);
    this.#packets -= payloads.length;
    this.#bytes -= known.bytes;
    return known.bytes;
  }
}
