export interface Echo {
  /** Both on the page's performance timeline, ms. */
  readonly sentAt: number;
  readonly receivedAt: number;
  /** The edge's clock when it answered, and the page's when the answer came; epoch ms. */
  readonly edgeMs: number;
  readonly pageMs: number;
}

const KEPT = 12;

/** How far the edge's clock is from the page's: of the last answers, the one that was quickest knows best (as NTP does it, RFC 5905 section 10). */
export class ClockOffset {
  readonly #kept: { roundTripMs: number; offsetMs: number }[] = [];

  add({ sentAt, receivedAt, edgeMs, pageMs }: Echo): void {
    const roundTripMs = receivedAt - sentAt;
    if (roundTripMs < 0) return;
    this.#kept.push({ roundTripMs, offsetMs: edgeMs + roundTripMs / 2 - pageMs });
    if (this.#kept.length > KEPT) this.#kept.shift();
  }

  /** 0 until the edge has answered once. */
  get offsetMs(): number {
    const [best] = this.#kept.toSorted((a, b) => a.roundTripMs - b.roundTripMs);
    return best?.offsetMs ?? 0;
  }
}
