/** What may leave at once: more than most frames, less than what overflows a home router's queue. */
const BURST_PACKETS = 64;
/** 4 packets of 1,200 bytes a millisecond are 38 Mbps: a second of 720p, sent when a viewer joins, takes some 60 ms. */
const PACKETS_PER_MS = 4;
const TICK_MS = 2;
/** Four seconds of 1080p. What comes on top is dropped, newest first, and asked for again by the far end. */
const MAX_QUEUED = 4096;

/** Spreads the bursts of one far end (keyframes, the group of pictures a viewer begins with). Order is kept. */
export class Pacer {
  #queue: (() => void)[] = [];
  #head = 0;
  #tokens = BURST_PACKETS;
  #filledAtMs: number;
  #timer: NodeJS.Timeout | null = null;
  #dropped = 0;

  constructor(nowMs: number) {
    this.#filledAtMs = nowMs;
  }

  get dropped(): number {
    return this.#dropped;
  }

  push(send: () => void): void {
    this.#fill();
    if (this.#queue.length === 0 && this.#tokens >= 1) {
      this.#tokens -= 1;
      return send();
    }
    if (this.#queue.length - this.#head >= MAX_QUEUED) {
      this.#dropped += 1;
      return;
    }
    this.#queue.push(send);
    this.#timer ??= setTimeout(() => this.#drain(), TICK_MS).unref();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#queue = [];
    this.#head = 0;
  }

  #drain(): void {
    this.#timer = null;
    this.#fill();
    for (; this.#head < this.#queue.length && this.#tokens >= 1; this.#head += 1) {
      this.#tokens -= 1;
      this.#queue[this.#head]?.();
    }
    if (this.#head >= this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
      return;
    }
    this.#timer = setTimeout(() => this.#drain(), TICK_MS).unref();
  }

  #fill(): void {
    const nowMs = Date.now();
    this.#tokens = Math.min(BURST_PACKETS, this.#tokens + (nowMs - this.#filledAtMs) * PACKETS_PER_MS);
    this.#filledAtMs = nowMs;
  }
}
