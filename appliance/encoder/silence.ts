/** How long an encoder may be given frames and give nothing back, ms. */
export interface Patience {
  /** From its start to its first packet: a driver has to be woken. */
  readonly firstMs: number;
  /** Between packets. */
  readonly laterMs: number;
}

/** Tells an encoder that hangs from one that has nothing to do. Fed with monotonic ms by whoever watches; pure. */
export class SilenceWatch {
  readonly #patience: Patience;
  #quietSinceMs: number;
  #hasSpoken = false;
  #overdue = 0;

  constructor(patience: Patience, startedMs: number) {
    this.#patience = patience;
    this.#quietSinceMs = startedMs;
  }

  heard(nowMs: number): void {
    this.#hasSpoken = true;
    this.#quietSinceMs = nowMs;
    this.#overdue = 0;
  }

  /**
   * Asked a few times a second. Time in which it was given nothing does not count, and once overdue it is given one more turn: what it
   * has written may be waiting in a pipe of a process that was itself kept from running.
   */
  isHung(isFed: boolean, nowMs: number): boolean {
    if (!isFed) this.#quietSinceMs = nowMs;
    const { firstMs, laterMs } = this.#patience;
    this.#overdue = nowMs - this.#quietSinceMs > (this.#hasSpoken ? laterMs : firstMs) ? this.#overdue + 1 : 0;
    return this.#overdue > 1;
  }
}
