import { join } from 'node:path';
import { constants } from 'node:os';
import { checker } from '#kit/process/check.ts';
import { forkTs, sendTo } from '#kit/process/child.ts';
import { CodedError } from '#kit/process/errors.ts';
import { FromWatcher, type ToWatcher } from './protocol.ts';

const WATCH_FILE = join(import.meta.dirname, 'watch-main.ts');
const asFromWatcher = checker(FromWatcher, 'bad_watcher_message');

/** Who looks for the lecturer. */
export interface Watching {
  /** From now on a picture is looked at every so many ms, or none. */
  pace(everyMs: number | null): void;
  /** Resolves when the signal aborts, rejects when it ends by itself. */
  run(signal: AbortSignal): Promise<void>;
}

/** The appliance's end of the process that does. It is last in line for the processor, unless told otherwise. */
export class Watcher implements Watching {
  readonly #lookSocket: string;
  readonly #heard: (message: FromWatcher) => void;
  readonly #priority: number;
  #everyMs: number | null = null;
  #send: (message: ToWatcher) => void = () => undefined;

  constructor(lookSocket: string, heard: (message: FromWatcher) => void, priority: number = constants.priority.PRIORITY_LOW) {
    this.#lookSocket = lookSocket;
    this.#heard = heard;
    this.#priority = priority;
  }

  pace(everyMs: number | null): void {
    if (everyMs === this.#everyMs) return;
    this.#everyMs = everyMs;
    this.#send({ type: 'pace', everyMs });
  }

  async run(signal: AbortSignal): Promise<void> {
    const child = forkTs(WATCH_FILE, [], { signal, name: 'framing' });
    child.process.on('message', (raw) => this.#heard(asFromWatcher(raw)));
    this.#send = (message) => sendTo(child.process, message);
    this.#send({ type: 'begin', lookSocket: this.#lookSocket, priority: this.#priority });
    this.#send({ type: 'pace', everyMs: this.#everyMs });
    try {
      const { code } = await child.exited;
      if (!signal.aborted) throw new CodedError('framing_ended', `The process that looks for the lecturer ended with code ${code ?? 'none'}.`);
    } finally {
      this.#send = () => undefined;
    }
  }
}
