import { fileURLToPath } from 'node:url';
import { forkTs, sendTo } from '#kit/process/child.ts';
import { checker } from '#kit/process/check.ts';
import { CodedError } from '#kit/process/errors.ts';
import { preferProcess } from '#kit/process/priority.ts';
import { GateSilence } from './gate-silence.ts';
import { FromGate, type ToGate } from './protocol.ts';

/** What it says by itself. */
export type GateNews = Exclude<FromGate, { type: 'picture-saved' }>;

export interface GateLife {
  readonly begin: Extract<ToGate, { type: 'begin' }>;
  readonly onMessage: (message: GateNews) => void;
}

const GATE_FILE = fileURLToPath(new URL('main.ts', import.meta.url));
/** Between two ticks it has all the time it needs. */
const SAVE_TIMEOUT_MS = 2_000;
const LOOK_EVERY_MS = 250;
const asFromGate = checker(FromGate, 'bad_gate_message');

/** The appliance's end of the gate: one life of its process. */
export class GateProcess {
  #send: (message: ToGate) => void = () => undefined;
  /** By file: who waits for the gate to have written it. */
  readonly #saving = new Map<string, (saved: boolean) => void>();

  /** Lost while the gate is down: whoever starts it says everything anew. */
  send(message: ToGate): void {
    this.#send(message);
  }

  /** Has a source's present picture written to a file, raw; false where there is none, or no gate. */
  async savePicture(id: string, file: string): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), SAVE_TIMEOUT_MS);
    this.#saving.set(file, resolve);
    this.#send({ type: 'save-picture', id, file });
    return await promise.finally(() => {
      clearTimeout(timer);
      this.#saving.delete(file);
    });
  }

  /** Resolves when the signal aborts, rejects when the gate ends by itself or hangs. */
  async run(life: GateLife, signal: AbortSignal): Promise<void> {
    const child = forkTs(GATE_FILE, [], { signal, name: 'gate' });
    preferProcess(child.process.pid);
    const silence = new GateSilence(LOOK_EVERY_MS);
    child.process.on('message', (raw) => {
      silence.heard();
      this.#heard(asFromGate(raw), life);
    });
    this.#send = (message) => sendTo(child.process, message);
    this.#send(life.begin);
    const { promise: hung, reject } = Promise.withResolvers<never>();
    const looking = setInterval(() => {
      if (silence.isHung()) reject(new CodedError('gate_hung', 'The gate stopped working: it says nothing any more.'));
    }, LOOK_EVERY_MS);
    try {
      const { code } = await Promise.race([child.exited, hung]);
      if (!signal.aborted) throw new CodedError('gate_ended', `The gate ended with code ${code ?? 'none'}.`);
    } finally {
      clearInterval(looking);
      this.#send = () => undefined;
      // One that hangs does not hear the polite signal.
      child.process.kill('SIGKILL');
    }
  }

  #heard(message: FromGate, life: GateLife): void {
    if (message.type === 'picture-saved') this.#saving.get(message.file)?.(message.saved);
    else life.onMessage(message);
  }
}
