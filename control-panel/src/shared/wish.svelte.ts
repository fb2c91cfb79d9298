/**
 * What a finger wants of the box, and may want otherwise before the box has answered. One request at a time and the last wish in any case:
 * two under way could arrive in the other order, and one that was turned away because another was would be forgotten.
 */
export class Wish<T> {
  readonly #send: (value: T) => Promise<unknown>;
  readonly #gatherMs: number;
  #wished = $state.raw<T | null>(null);
  #following = false;

  /** @param gatherMs how long to wait for a finger that slides before each request */
  constructor(send: (value: T) => Promise<unknown>, gatherMs = 0) {
    this.#send = send;
    this.#gatherMs = gatherMs;
  }

  /** Null while no wish is open: then what the box says is what counts. */
  get wished(): T | null {
    return this.#wished;
  }

  async want(value: T): Promise<void> {
    this.#wished = value;
    if (this.#following) return;
    this.#following = true;
    try {
      await this.#follow(value);
    } finally {
      this.#following = false;
      this.#wished = null;
    }
  }

  async #follow(first: T): Promise<void> {
    for (let asked: T | null = null; asked !== this.#wished; ) {
      if (this.#gatherMs > 0) await new Promise((resolve) => setTimeout(resolve, this.#gatherMs));
      asked = this.#wished ?? first;
      await this.#send(asked);
    }
  }
}
