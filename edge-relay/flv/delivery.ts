/** Hands blocks to viewers a slice at a time: a thousand sockets written in one go would hold up everything else of the edge for tens of milliseconds. */

/** About a millisecond's writes. */
const SLICE = 64;
/** When this many deliveries wait, the processor has no time to give: they are made at once. */
const MOST_WAITING = 32;

export class Delivery {
  readonly #waiting: (() => boolean)[] = [];
  #running: NodeJS.Immediate | null = null;

  /** In order: nobody gets a later block before an earlier one. */
  add<V>(viewers: readonly V[], give: (viewer: V) => void): void {
    let next = 0;
    this.#waiting.push(() => {
      const until = Math.min(next + SLICE, viewers.length);
      for (const viewer of viewers.slice(next, until)) give(viewer);
      next = until;
      return next === viewers.length;
    });
    while (this.#waiting.length > MOST_WAITING) this.#step();
    this.#running ??= setImmediate(() => this.#run());
  }

  /** All that waits, now. */
  finish(): void {
    while (this.#waiting.length > 0) this.#step();
  }

  #run(): void {
    this.#step();
    this.#running = this.#waiting.length > 0 ? setImmediate(() => this.#run()) : null;
  }

  #step(): void {
    const [first] = this.#waiting;
    if (first === undefined || first()) this.#waiting.shift();
  }
}
