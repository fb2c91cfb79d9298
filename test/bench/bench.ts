import type { Measured } from './report.ts';

export interface BenchOptions {
  readonly runs: number;
  /** Null for as many as a bench's promise speaks of. */
  readonly viewers: number | null;
  /** Another server to be measured with the same client, where a bench can do that. */
  readonly target: string | null;
  /** Tells a person how far it is; never on standard output. */
  readonly say: (words: string) => void;
}

/** Yields each case as soon as it is measured. */
export type Bench = (options: BenchOptions) => AsyncGenerator<Measured>;
