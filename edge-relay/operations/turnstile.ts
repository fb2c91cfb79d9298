/** The door of WebRTC in a rush: newcomers pass one by one, as fast as those who watch already can bear. */

/** A handshake and the first pictures take 5 to 10 ms of a processor; a loop that is late lets in fewer by itself. */
const APART_MS = 5;
/** What is to be sent to those inside waits for longer: half of a frame's time at 25 frames a second. */
const BEARABLE_MS = 20;
/** A page that has no picture after four seconds takes LL-HLS. */
const PATIENCE_MS = 2_500;
const MOST_WAITING = 1_000;

interface Newcomer {
  readonly deadlineMs: number;
  readonly answer: (passes: boolean) => void;
}

export class Turnstile {
  readonly #pumpWaitMs: () => number;
  /** In the order they came. */
  readonly #waiting = new Set<Newcomer>();
  /** Runs while somebody waits, and a moment after somebody passed. */
  #timer: NodeJS.Timeout | null = null;

  /** @param pumpWaitMs how long what is to be sent has been waiting, ms */
  constructor(pumpWaitMs: () => number) {
    this.#pumpWaitMs = pumpWaitMs;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Resolves with true when it is their turn; with false where that takes too long, too many wait already, or they have gone. */
  pass(gone: AbortSignal): Promise<boolean> {
    if (this.#timer === null && this.#isBearable()) {
      this.#next();
      return Promise.resolve(true);
    }
    if (gone.aborted || this.#waiting.size >= MOST_WAITING) return Promise.resolve(false);
    if (this.#timer === null) this.#next();
    return this.#wait(gone);
  }

  #wait(gone: AbortSignal): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const leave = (): void => newcomer.answer(false);
    const newcomer: Newcomer = {
      deadlineMs: performance.now() + PATIENCE_MS,
      answer: (passes) => {
        this.#waiting.delete(newcomer);
        gone.removeEventListener('abort', leave);
        resolve(passes);
      },
    };
    gone.addEventListener('abort', leave);
    this.#waiting.add(newcomer);
    return promise;
  }

  #next(): void {
    this.#timer = setTimeout(() => this.#turn(), APART_MS).unref();
  }

  #turn(): void {
    this.#timer = null;
    const nowMs = performance.now();
    for (const late of this.#waiting) {
      if (late.deadlineMs > nowMs) break;
      late.answer(false);
    }
    const [first] = this.#waiting;
    if (first === undefined) return;
    if (this.#isBearable()) first.answer(true);
    this.#next();
  }

  #isBearable(): boolean {
    return this.#pumpWaitMs() < BEARABLE_MS;
  }
}
