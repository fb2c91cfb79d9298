/**
 * How many far ends of one server have their packets counted at a time. Each costs it numbers, memory and some twenty reports a second; and when the
 * server itself is late, all of them may seem to need it.
 */
export class CountingPlaces {
  readonly #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** False where none is free. Who took one gives it back. */
  take(): boolean {
    if (this.#taken >= this.#most) return false;
    this.#taken += 1;
    return true;
  }

  giveBack(): void {
    this.#taken -= 1;
  }
}
