import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import Type, { type Static } from 'typebox';
import { startChild, type Child } from '#kit/process/child.ts';
import { checker } from '#kit/process/check.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { supervise } from '#kit/process/supervisor.ts';
import type { ClassroomOptions } from './options.ts';
import type { Viewport } from './visca/head.ts';

export const RtspFault = Type.Union([
  Type.Null(),
  /** The pictures stand still and the microphone falls silent, while frames and samples go on coming. */
  Type.Literal('freeze'),
  /** Connections stay open and nothing comes. */
  Type.Literal('stall'),
  Type.Literal('black'),
  Type.Literal('silence'),
  /** The server dies and stays away until this fault is lifted. */
  Type.Literal('kill'),
]);
export type RtspFault = Static<typeof RtspFault>;

const Message = Type.Union([
  Type.Object({ type: Type.Literal('ready'), port: Type.Integer() }),
  Type.Object({ type: Type.Literal('truth'), id: Type.Integer() }, { additionalProperties: true }),
]);
const checkMessage = checker(Message, 'bad_renderer_message');

const SCRIPT = join(import.meta.dirname, 'classroom/main.py');
const TRUTH_TIMEOUT_MS = 2_000;

/** The process that draws the room and serves it over RTSP. */
export class Renderer {
  readonly #options: ClassroomOptions;
  readonly #log: Log;
  readonly #waiting = new Map<number, (truth: object) => void>();
  #child: Child | null = null;
  #port: number;
  #ready = false;
  #fault: RtspFault = null;
  #lifeline = new AbortController();
  #revived: () => void = () => undefined;
  #viewport: Viewport | null = null;
  #microphonePpm = 0;
  #asked = 0;

  constructor(options: ClassroomOptions, log: Log) {
    this.#options = options;
    this.#log = log;
    this.#port = options.ports.rtsp;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Keeps the process alive; `onReady` is told the port each time that it serves. */
  run(signal: AbortSignal, onReady: (port: number) => void): Promise<void> {
    const once = (inner: AbortSignal): Promise<void> => this.#runOnce(inner, onReady);
    return supervise('classroom renderer', once, { signal, log: this.#log, maxDelayMs: 2_000 });
  }

  look(viewport: Viewport): void {
    this.#viewport = viewport;
    this.#order({ type: 'viewport', ...viewport });
  }

  fail(fault: RtspFault): void {
    this.#fault = fault;
    if (fault === 'kill') this.#lifeline.abort();
    else this.#revived();
    this.#order({ type: 'fault', rtsp: fault === 'kill' ? null : fault });
  }

  /** How much faster than the wall clock the microphone samples. */
  setMicrophoneClock(ppm: number): void {
    this.#microphonePpm = ppm;
    this.#order({ type: 'clock', microphonePpm: ppm });
  }

  /** @throws CodedError `renderer_away` 503 */
  async truth(): Promise<object> {
    if (!this.#ready) throw away();
    const id = ++this.#asked;
    const answer = new Promise<object>((done, failed) => {
      const timer = setTimeout(() => failed(away()), TRUTH_TIMEOUT_MS);
      this.#waiting.set(id, (truth) => {
        clearTimeout(timer);
        done(truth);
      });
    });
    this.#order({ type: 'truth', id });
    return answer.finally(() => this.#waiting.delete(id));
  }

  async #runOnce(signal: AbortSignal, onReady: (port: number) => void): Promise<void> {
    await this.#untilRevived(signal);
    if (signal.aborted) return;
    this.#lifeline = new AbortController();
    const child = this.#start(AbortSignal.any([signal, this.#lifeline.signal]));
    this.#child = child;
    this.#listen(child, onReady);
    const { code, lastWords } = await child.exited;
    this.#child = null;
    this.#ready = false;
    if (!signal.aborted) throw new CodedError('renderer_died', `The classroom renderer ended with code ${code}: ${lastWords}`);
  }

  #start(signal: AbortSignal): Child {
    const { host, cacheDir, cameraFps } = this.#options;
    const cache = resolve(cacheDir);
    const args = [SCRIPT, '--host', host, '--port', String(this.#port), '--cache', cache, '--fps', String(cameraFps)];
    return startChild('/usr/bin/python3', args, {
      signal,
      name: 'simulator-renderer',
      stdio: ['pipe', 'pipe', 'pipe'],
      // Compiled Python belongs in the cache, not beside the source.
      env: { ...process.env, PYTHONPYCACHEPREFIX: join(cache, 'pycache') },
      killAfterMs: 200,
    });
  }

  #listen(child: Child, onReady: (port: number) => void): void {
    const { stdin, stdout, stderr } = child.process;
    // Its end is told by its exit; a broken pipe only announces it.
    stdin?.on('error', () => undefined);
    if (stderr) createInterface(stderr).on('line', (line) => this.#log.info({ from: 'renderer' }, line));
    if (stdout) createInterface(stdout).on('line', (line) => this.#heard(checkMessage(JSON.parse(line)), onReady));
  }

  #heard(message: Static<typeof Message>, onReady: (port: number) => void): void {
    if (message.type === 'truth') {
      const { type: _, id, ...truth } = message;
      this.#waiting.get(id)?.(truth);
      return;
    }
    // Whoever found it once finds it there again.
    this.#port = message.port;
    this.#ready = true;
    if (this.#viewport) this.look(this.#viewport);
    this.fail(this.#fault);
    this.setMicrophoneClock(this.#microphonePpm);
    onReady(message.port);
  }

  #untilRevived(signal: AbortSignal): Promise<void> {
    if (this.#fault !== 'kill') return Promise.resolve();
    return new Promise((done) => {
      this.#revived = done;
      signal.addEventListener('abort', () => done(), { once: true });
    });
  }

  #order(order: object): void {
    const stdin = this.#child?.process.stdin;
    if (this.#ready && stdin?.writable) stdin.write(`${JSON.stringify(order)}\n`);
  }
}

function away(): CodedError {
  return new CodedError('renderer_away', 'The classroom renderer is not running. Lift the fault, or wait for it to come back.', { status: 503 });
}
