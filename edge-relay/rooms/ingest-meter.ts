/** What a publisher's bytes say about it: how much, how late. Times in epoch milliseconds. */
import type { MediaPacket } from '#kit/media/packet.ts';

const WINDOW_MS = 2_000;

interface Sample {
  readonly atMs: number;
  readonly layer: string | null;
  readonly bytes: number;
  readonly delayMs: number;
}

export class IngestMeter {
  #samples: Sample[] = [];
  #bytes = 0;
  #packets = 0;
  #lastAtMs: number | null = null;

  add(packet: MediaPacket, atMs: number): void {
    const layer = packet.kind === 'video' ? packet.layer : null;
    this.#samples.push({ atMs, layer, bytes: packet.data.length, delayMs: Math.max(0, atMs - packet.captureUs / 1000) });
    this.#bytes += packet.data.length;
    this.#packets += 1;
    this.#lastAtMs = atMs;
    if ((this.#samples[0]?.atMs ?? atMs) < atMs - 2 * WINDOW_MS) this.#trim(atMs);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get packets(): number {
    return this.#packets;
  }

  get lastAtMs(): number | null {
    return this.#lastAtMs;
  }

  /** Median of capture to arrival over the last 2 s; 0 where nothing arrived, and where a publisher's clock is ahead of ours. */
  delayMs(nowMs: number): number {
    this.#trim(nowMs);
    const delays = this.#samples.map((sample) => sample.delayMs).sort((a, b) => a - b);
    return Math.round(delays[Math.floor(delays.length / 2)] ?? 0);
  }

  /** Pictures a second that arrived of a layer. */
  fps(layer: string, nowMs: number): number {
    this.#trim(nowMs);
    return this.#samples.filter((sample) => sample.layer === layer).length / (WINDOW_MS / 1_000);
  }

  /** Of a layer, or of the sound (null). */
  bitrateKbps(layer: string | null, nowMs: number): number {
    this.#trim(nowMs);
    const bytes = this.#samples.reduce((sum, sample) => (sample.layer === layer ? sum + sample.bytes : sum), 0);
    return Math.round((bytes * 8) / WINDOW_MS);
  }

  #trim(nowMs: number): void {
    this.#samples = this.#samples.filter((sample) => sample.atMs > nowMs - WINDOW_MS);
  }
}
