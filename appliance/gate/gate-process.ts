import { fileURLToPath } from 'node:url';
import { forkTs, sendTo } from '#kit/process/child.ts';
import { checker } from '#kit/process/check.ts';
import { CodedError } from '#kit/process/errors.ts';
import { preferProcess } from '#kit/process/priority.ts';
import { FromGate, type ToGate } from './protocol.ts';

export interface GateLife {
  readonly begin: Extract<ToGate, { type: 'begin' }>;
  readonly onMessage: (message: FromGate) => void;
}

const GATE_FILE = fileURLToPath(new URL('main.ts', import.meta.url));
const asFromGate = checker(FromGate, 'bad_gate_message');

/** The appliance's end of the gate: one life of its process. */
export class GateProcess {
  #send: (message: ToGate) => void = () => undefined;

  /** Lost while the gate is down: whoever starts it says everything anew. */
  send(message: ToGate): void {
    this.#send(message);
  }

  /** Resolves when the signal aborts, rejects when the gate ends by itself. */
  async run(life: GateLife, signal: AbortSignal): Promise<void> {
    const child = forkTs(GATE_FILE, [], { signal, name: 'gate' });
    preferProcess(child.process.pid);
    child.process.on('message', (message) => life.onMessage(asFromGate(message)));
    this.#send = (message) => sendTo(child.process, message);
    this.#send(life.begin);
    try {
      const { code } = await child.exited;
      if (!signal.aborted) throw new CodedError('gate_ended', `The gate ended with code ${code ?? 'none'}.`);
    } finally {
      this.#send = () => undefined;
    }
  }
}
