import type { Readable } from 'node:stream';
import { NutReader, type NutPacket } from '#kit/media/nut.ts';
import { startChild } from '#kit/process/child.ts';
import { CodedError } from '#kit/process/errors.ts';
import { KEEP_MEMORY } from '#kit/process/ffmpeg-memory.ts';
import { preferProcess } from '#kit/process/priority.ts';
import { plainReason } from './plain-reason.ts';
import { Placement } from './placement.ts';
import { type Patience, SilenceWatch } from './silence.ts';

export interface EncoderLife {
  readonly name: string;
  readonly args: readonly string[];
  /** How many NUT outputs it writes, on descriptors 3 and up. */
  readonly outputs: number;
  readonly onPacket: (output: number, packet: NutPacket, placement: Placement) => void;
  readonly patience: Patience;
  /** Whether frames are being offered to it right now. */
  readonly isFed: () => boolean;
  readonly signal: AbortSignal;
}

interface Early {
  readonly output: number;
  readonly packet: NutPacket;
}

/** Packets kept while the gate's word about the connection is on its way; more than this and it will never come. */
const EARLY_MAX = 200;
const LOOK_EVERY_MS = 250;

/** One encoder at a time: a life of an FFmpeg process that reads the program from the gate. */
export class EncoderProcess {
  #placement = new Placement();
  #early: Early[] = [];
  #connection: number | null = null;
  #lastConnection = -1;
  #life: EncoderLife | null = null;
  #silence: SilenceWatch | null = null;

  /** From the gate. The first new connection after a start is this process's, and stays it whoever else may read along. */
  placed(connection: number, position: number, index: number): void {
    const isNew = connection > this.#lastConnection;
    this.#lastConnection = Math.max(this.#lastConnection, connection);
    if (this.#life === null) return;
    if (this.#connection === null && isNew) this.#connection = connection;
    if (this.#connection !== connection) return;
    this.#placement.place(position, index);
    const early = this.#early;
    this.#early = [];
    for (const { output, packet } of early) this.#take(output, packet);
  }

  /** A new gate counts its connections from 0. */
  forget(): void {
    this.#lastConnection = -1;
  }

  /** Resolves when the signal aborts, rejects when the encoder ends by itself or hangs. */
  async run(life: EncoderLife): Promise<void> {
    this.#begin(life);
    const pipes = Array.from({ length: life.outputs }, () => 'pipe' as const);
    const child = startChild('ffmpeg', life.args, { signal: life.signal, name: life.name, stdio: ['ignore', 'ignore', 'pipe', ...pipes], env: { ...process.env, ...KEEP_MEMORY } });
    preferProcess(child.process.pid);
    const silence = new SilenceWatch(life.patience, performance.now());
    this.#silence = silence;
    let timer: NodeJS.Timeout | undefined;
    const broken = new Promise<never>((_, reject) => {
      pipes.forEach((_pipe, output) => this.#read(child.process.stdio[3 + output] as Readable, output, reject));
      timer = setInterval(() => {
        if (silence.isHung(life.isFed(), performance.now())) reject(new CodedError('encoder_hung', 'The encoder took pictures and gave nothing back.'));
      }, LOOK_EVERY_MS);
    });
    try {
      const exit = await Promise.race([child.exited, broken]);
      if (!life.signal.aborted) throw new CodedError('encoder_died', `The encoder stopped: ${plainReason(exit.lastWords)}`);
    } finally {
      clearInterval(timer);
      // One that a driver held back may end when the next has begun.
      if (this.#life === life) this.#life = null;
      child.process.kill('SIGKILL');
    }
  }

  #begin(life: EncoderLife): void {
    this.#life = life;
    this.#placement = new Placement();
    this.#early = [];
    this.#connection = null;
  }

  #read(pipe: Readable, output: number, fail: (error: unknown) => void): void {
    const reader = new NutReader();
    pipe.on('data', (chunk: Buffer) => {
      this.#silence?.heard(performance.now());
      try {
        for (const packet of reader.push(chunk)) this.#take(output, packet);
      } catch (error) {
        fail(error);
      }
    });
  }

  #take(output: number, packet: NutPacket): void {
    if (this.#placement.isKnown) this.#life?.onPacket(output, packet, this.#placement);
    else if (this.#early.length < EARLY_MAX) this.#early.push({ output, packet });
  }
}
