import { sleep } from '#kit/process/supervisor.ts';
import type { FromUploader } from '../contract/uploader.ts';

const EVERY_MS = 500;
/** Repeated although nothing changed, for an appliance that has just been started. */
const REPEAT_MS = 5_000;

/** Passes the newest status on: at most twice a second, and at once where the state or a verdict changed. */
export class StatusChannel {
  readonly #send: (status: FromUploader) => void;
  #newest: FromUploader | null = null;
  #sent = '';
  #sentAtMs = Number.NEGATIVE_INFINITY;

  constructor(send: (status: FromUploader) => void) {
    this.#send = send;
  }

  offer(status: FromUploader): void {
    const urgent = this.#newest?.state !== status.state || safeCount(this.#newest) !== safeCount(status);
    this.#newest = status;
    if (urgent) this.#flush();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#flush();
      await sleep(EVERY_MS, signal);
    }
  }

  #flush(): void {
    if (!this.#newest) return;
    const text = JSON.stringify(this.#newest);
    if (text === this.#sent && performance.now() - this.#sentAtMs < REPEAT_MS) return;
    this.#sent = text;
    this.#sentAtMs = performance.now();
    this.#send(this.#newest);
  }
}

function safeCount(status: FromUploader): number {
  return status.recordings.filter(({ safe }) => safe).length;
}
