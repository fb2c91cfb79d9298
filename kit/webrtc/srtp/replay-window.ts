/** Which packets have been seen (RFC 3711 section 3.3.2), the last 1,024: retransmissions come late, but never that late. */
const WINDOW = 1024;

export class ReplayWindow {
  #highest = -1;
  readonly #seen = new Uint8Array(WINDOW);

  /** Highest index accepted, -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether a packet of this index would be new. Ask before opening it, {@link accept} only after its tag was right. */
  isNew(index: number): boolean {
    if (index > this.#highest) return true;
    return index > this.#highest - WINDOW && this.#seen[index % WINDOW] === 0;
  }

  accept(index: number): void {
    if (index > this.#highest) {
      const from = Math.max(this.#highest + 1, index - WINDOW + 1);
      for (let skipped = from; skipped < index; skipped += 1) this.#seen[skipped % WINDOW] = 0;
      this.#highest = index;
    }
    this.#seen[index % WINDOW] = 1;
  }
}
