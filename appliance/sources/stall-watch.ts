/** From start to first frame: a camera that is asked over RTSP answers within a few seconds or not at all. */
const FIRST_FRAME_MS = 8_000;
const STALL_MS = 2_000;
const CHECK_EVERY_MS = 250;

/** Notices that a capture's frames stop: a hung connection is replaced rather than waited for. */
export class StallWatch {
  #lastFrameMs: number | null = null;
  #startedMs = 0;

  /** From the gate: how long ago the newest frame came. */
  reported(ageMs: number | null): void {
    if (ageMs !== null) this.#lastFrameMs = performance.now() - ageMs;
  }

  /** The device is away: its first frame is waited for once it is back. */
  away(): void {
    this.#startedMs = performance.now();
  }

  /** Aborts `stop` when nothing came for too long; the returned function ends the watching. */
  begin(stop: AbortController): () => void {
    this.#startedMs = performance.now();
    const timer = setInterval(() => {
      const lastMs = this.#lastFrameMs;
      const limitMs = lastMs !== null && lastMs > this.#startedMs ? lastMs + STALL_MS : this.#startedMs + FIRST_FRAME_MS;
      if (performance.now() > limitMs) stop.abort();
    }, CHECK_EVERY_MS);
    return () => clearInterval(timer);
  }
}
