/** What may wait to be spent, bytes: a large keyframe that got lost; on a narrow way a few packets. */
const MOST_BYTES = 64 * 1024;
const MOST_ON_NARROW_BYTES = 8 * 1024;
/** Repairs for each byte that was sent: 5 % loss under heavy reordering takes a third. On a narrow way they would crowd out what they repair. */
const SHARE = 0.6;
const SHARE_ON_NARROW = 0.15;

/**
 * Bounds what is sent again, by what was sent (pure but for its memory): a queue that overflows loses packets by the hundred, and sending
 * them all once more, several times, would keep it full. What is not repaired waits for the next keyframe.
 */
export class RepairBudget {
  #bytes = MOST_BYTES;

  /** What may be spent now, bytes. */
  get left(): number {
    return this.#bytes;
  }

  earn(bytes: number, isNarrow: boolean): void {
    const most = isNarrow ? MOST_ON_NARROW_BYTES : MOST_BYTES;
    this.#bytes = Math.min(most, this.#bytes + bytes * (isNarrow ? SHARE_ON_NARROW : SHARE));
  }

  /** False where it is used up. */
  spend(bytes: number): boolean {
    if (this.#bytes < bytes) return false;
    this.#bytes -= bytes;
    return true;
  }
}
