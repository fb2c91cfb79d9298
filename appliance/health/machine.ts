import { join } from 'node:path';
import { checker } from '#kit/process/check.ts';
import { forkTs } from '#kit/process/child.ts';
import { reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { MachineFigures } from './machine-figures.ts';

/** A child that is silent for longer is stuck in a sensor. */
const SILENT_MS = 60_000;
/** Older figures are no figures: a child that dies again and again must not leave an alarm standing, nor a heat that has long passed. */
const GOOD_FOR_MS = 2 * SILENT_MS;

const checkFigures = checker(MachineFigures, 'bad_figures');

/** The machine's figures as its child last told them. */
export class Machine {
  readonly #disk: string;
  readonly #log: Log;
  #figures: MachineFigures | null = null;
  #heardAtMs = Number.NEGATIVE_INFINITY;

  constructor(disk: string, log: Log) {
    this.#disk = disk;
    this.#log = log;
  }

  /** Null before the first, and where none came lately. */
  get figures(): MachineFigures | null {
    return performance.now() - this.#heardAtMs < GOOD_FOR_MS ? this.#figures : null;
  }

  /** Ends when the child ended or fell silent: the supervisor starts another. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const child = forkTs(join(import.meta.dirname, 'machine-main.ts'), ['--disk', this.#disk], {
      name: 'machine', log: this.#log, signal: AbortSignal.any([signal, stop.signal]),
    });
    const watchdog = setTimeout(() => stop.abort(), SILENT_MS);
    child.process.on('message', (message) => {
      watchdog.refresh();
      try {
        this.#figures = checkFigures(message);
        this.#heardAtMs = performance.now();
      } catch (error) {
        this.#log.warn(`machine figures were not understood: ${reasonOf(error)}`);
      }
    });
    try {
      await child.exited;
    } finally {
      clearTimeout(watchdog);
    }
  }
}
