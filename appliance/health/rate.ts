/** How much a counter grew within the last minute. A counter that fell began anew: it grew by what it shows. */
export class MinuteRate {
  #seen: { readonly atMs: number; readonly grewBy: number }[] = [];
  #last: number | null = null;

  add(total: number, atMs: number): number {
    const grewBy = this.#last === null ? 0 : total >= this.#last ? total - this.#last : total;
    this.#last = total;
    if (grewBy > 0) this.#seen.push({ atMs, grewBy });
    this.#seen = this.#seen.filter((one) => atMs - one.atMs < 60_000);
    return this.#seen.reduce((sum, one) => sum + one.grewBy, 0);
  }
}

/**
 * What counters of several devices grew by together since the first look. A device that goes takes its count along, and one that comes brings
 * an old one: neither is growth, or a stick that is pulled out would be a disk that fails.
 */
export class Growth {
  #counts: Readonly<Record<string, number>> = {};
  #total = 0;

  add(counts: Readonly<Record<string, number>>): number {
    for (const [device, count] of Object.entries(counts)) this.#total += Math.max(0, count - (this.#counts[device] ?? count));
    this.#counts = counts;
    return this.#total;
  }
}
