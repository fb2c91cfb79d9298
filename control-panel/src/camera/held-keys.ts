/**
 * The keys that are down, by where they are on the keyboard: what a key means may have changed when it comes up, as `+` is `=` again once
 * Shift was let go first, and a camera would go on for a key that nobody holds.
 */
export class HeldKeys {
  readonly #held = new Map<string, string>();

  get names(): readonly string[] {
    return [...this.#held.values()];
  }

  down({ code, key }: { readonly code: string; readonly key: string }): void {
    this.#held.set(code, key);
  }

  /** Answers whether it was held. */
  up({ code }: { readonly code: string }): boolean {
    return this.#held.delete(code);
  }

  clear(): void {
    this.#held.clear();
  }
}
