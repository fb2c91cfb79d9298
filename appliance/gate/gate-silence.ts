/** From its start to its first word: on a machine that boots it may have to wait for its turn, ms. */
const FIRST_MS = 20_000;
/** It speaks ten times a second. One that stood still for half of this is given another chance. */
const LATER_MS = 4_000;

/**
 * Tells a gate that hangs from one that works. It counts looks, not time: while this process or the whole machine stands still nobody
 * looks, and what the gate has said meanwhile is read before the next look. Pure.
 */
export class GateSilence {
  readonly #everyMs: number;
  #looks = 0;
  #patienceMs = FIRST_MS;

  /** `everyMs`: between two looks. */
  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  heard(): void {
    this.#looks = 0;
    this.#patienceMs = LATER_MS;
  }

  /** A look. */
  isHung(): boolean {
    this.#looks += 1;
    return this.#looks * this.#everyMs > this.#patienceMs;
  }
}
