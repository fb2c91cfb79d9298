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
