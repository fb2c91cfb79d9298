/** The present, for templates: ticks once a second while someone reads it. */
export class Now {
  #ms = $state(Date.now());
  #offsetMs: () => number;

  /** @param offsetMs what to add to this page's clock to read the service's */
  constructor(offsetMs: () => number = () => 0) {
    this.#offsetMs = offsetMs;
  }

  /** Epoch milliseconds by the service's clock. */
  get ms(): number {
    return this.#ms;
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#tick();
    const timer = setInterval(() => this.#tick(), 1000);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    clearInterval(timer);
  }

  #tick(): void {
    this.#ms = Date.now() + this.#offsetMs();
  }
}
