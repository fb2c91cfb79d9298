import { reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { Prover } from './proof.ts';
import type { Written } from './track-writer.ts';

export interface ProofReport {
  /** Monotonic ms at which the fragment that was looked at had been read back. */
  readonly atMs: number;
  /** It was decoded. */
  readonly picture: boolean;
  /** How many looks in a row found nothing to be heard. */
  readonly silentLooks: number;
}

/** The light may lag the disk by this much, ms. */
const EVERY_MS = 10_000;
/** Quieter than the hum of any microphone, dBFS RMS. */
const SILENT_DBFS = -75;

/** Reads the newest fragment back from the disk every few seconds and has it decoded, off the hot path and one at a time. */
export class ProofKeeper {
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #prover = new Prover(this.#stop.signal);
  #report: ProofReport | null = null;
  #startedMs = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | null = null;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Null before the first look. */
  get report(): ProofReport | null {
    return this.#report;
  }

  /** One that begins inside a group of pictures can't be decoded by itself. */
  offer(written: Written): void {
    const nowMs = performance.now();
    if (written.piece.entry === null) return;
    if (this.#running !== null || this.#stop.signal.aborted || nowMs - this.#startedMs < EVERY_MS) return;
    this.#startedMs = nowMs;
    this.#running = this.#look(written).finally(() => (this.#running = null));
  }

  /** Resolves when nothing reads any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#prover.ended();
  }

  async #look({ file, line, piece }: Written): Promise<void> {
    const [init] = file.lines;
    if (init === undefined) return;
    try {
      const fragment = { init: await file.read(init), bytes: await file.read(line), soundMs: piece.soundUs / 1_000 };
      const atMs = performance.now();
      const proof = await this.#prover.prove(fragment);
      // Without an answer the last one grows old, and soon counts for nothing.
      if (proof === null) return;
      const isSilent = proof.soundDbfs === null || proof.soundDbfs < SILENT_DBFS;
      this.#report = { atMs, picture: proof.picture, silentLooks: isSilent ? (this.#report?.silentLooks ?? 0) + 1 : 0 };
    } catch (error) {
      this.#report = { atMs: performance.now(), picture: false, silentLooks: 0 };
      this.#log.error({ err: error }, `the recording could not be read back: ${reasonOf(error)}`);
    }
  }
}
