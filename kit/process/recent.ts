/** Keeps the values that were last asked for, so many at most. */
export class Recent<V> {
  readonly #most: number;
  readonly #values = new Map<string, V>();

  constructor(most: number) {
    this.#most = most;
  }

  /** @param read what it is, where it is not kept; null is asked for again */
  get<R extends V | null>(key: string, read: (key: string) => R): V | R {
    const value = this.#values.get(key) ?? read(key);
    this.#values.delete(key);
    if (value !== null) this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (oldest !== undefined && this.#values.size > this.#most) this.#values.delete(oldest);
    return value;
  }

  /** It changed. */
  forget(key: string): void {
    this.#values.delete(key);
  }
}
