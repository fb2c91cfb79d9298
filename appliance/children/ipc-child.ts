import { checker } from '#kit/process/check.ts';
import { forkTs, sendTo } from '#kit/process/child.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import type { ChildProcess } from 'node:child_process';
import type { Static, TSchema } from 'typebox';

export interface IpcChildOptions<T extends TSchema> {
  readonly name: string;
  /** The child's main file. */
  readonly main: string;
  readonly configFile: string;
  /** What it may say; anything else is dropped. */
  readonly says: T;
  readonly heard: (message: Static<T>) => void;
  /** It runs: time to tell it what it should know. */
  readonly started: () => void;
  readonly log: Log;
}

/** One of our own programs as a child with messages both ways. Its death ends `run`; nothing else of the box notices. */
export class IpcChild<T extends TSchema> {
  readonly #options: IpcChildOptions<T>;
  readonly #check: (message: unknown) => Static<T>;
  #process: ChildProcess | null = null;

  constructor(options: IpcChildOptions<T>) {
    this.#options = options;
    this.#check = checker(options.says, 'bad_message');
  }

  /** Lost where the child is not running: whoever sends tells everything again in `started`. */
  send(message: object): void {
    if (this.#process !== null) sendTo(this.#process, message);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { name, main, configFile, log, started } = this.#options;
    const child = forkTs(main, ['--config', configFile], { signal, name, log });
    child.process.on('message', (message) => this.#heard(message));
    this.#process = child.process;
    try {
      started();
      const { code, signal: killed } = await child.exited;
      if (!signal.aborted) throw new CodedError('child_ended', `${name} ended (${killed ?? `exit code ${code ?? 'unknown'}`}).`);
    } finally {
      this.#process = null;
    }
  }

  #heard(message: unknown): void {
    const { name, log, heard } = this.#options;
    try {
      heard(this.#check(message));
    } catch (thrown) {
      log.warn({ child: name, reason: reasonOf(thrown) }, 'a message from a child was not understood');
    }
  }
}
