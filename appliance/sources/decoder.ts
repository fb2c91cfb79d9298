import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { startChild } from '#kit/process/child.ts';
import { CodedError } from '#kit/process/errors.ts';
import { KEEP_MEMORY } from '#kit/process/ffmpeg-memory.ts';
import { preferProcess } from '#kit/process/priority.ts';

export interface DecoderOptions {
  readonly name: string;
  /** FFmpeg's, reading standard input; with a third descriptor where it is to write packets there. */
  readonly args: readonly string[];
  readonly onPackets?: (chunk: Buffer) => void;
  /** A picture of this time, or a block of sound up to it (seconds of FFmpeg's timestamps), was decoded. */
  readonly onFrame?: (seconds: number) => void;
}

/** What may wait for FFmpeg: more and it hangs, or the machine is too slow. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
const KILL_AFTER_MS = 300;

/** One FFmpeg that is fed by us. */
export class Decoder {
  readonly #options: DecoderOptions;
  #input: NodeJS.WritableStream & { readonly writableLength: number } | null = null;

  constructor(options: DecoderOptions) {
    this.#options = options;
  }

  /** False where it was not taken, because too much is waiting already or nobody is there. */
  write(bytes: Buffer): boolean {
    if (this.#input === null || this.#input.writableLength > MAX_WAITING_BYTES) return false;
    this.#input.write(bytes);
    return true;
  }

  /** Resolves when the signal aborts, rejects when FFmpeg ends by itself. */
  async run(signal: AbortSignal): Promise<void> {
    const { name, args, onPackets } = this.#options;
    const child = startChild('ffmpeg', args, {
      signal, name, killAfterMs: KILL_AFTER_MS, env: { ...process.env, ...KEEP_MEMORY },
      stdio: ['pipe', 'ignore', 'pipe', onPackets === undefined ? 'ignore' : 'pipe'],
    });
    preferProcess(child.process.pid);
    const { stdin, stderr } = child.process;
    // Its end is told by its exit; a broken pipe only announces it.
    stdin?.on('error', () => undefined);
    if (stderr !== null) this.#listen(stderr);
    if (onPackets !== undefined) (child.process.stdio[3] as Readable).on('data', onPackets);
    this.#input = stdin;
    try {
      const { lastWords } = await child.exited;
      if (!signal.aborted) throw new CodedError('decoder_ended', `FFmpeg ended: ${lastLineOf(lastWords)}`);
    } finally {
      this.#input = null;
    }
  }

  #listen(stderr: Readable): void {
    const times = new FrameTimes();
    createInterface({ input: stderr }).on('line', (line) => {
      const seconds = times.push(line);
      if (seconds !== null) this.#options.onFrame?.(seconds);
    });
  }
}

/**
 * Reads when frames were ready from the lines of the `showinfo` and `ashowinfo` filters. Their `pts_time` has six digits only, which is
 * a second's tenth after three hours: the timestamp itself is taken.
 */
export class FrameTimes {
  /** Of the pictures, seconds; sound counts samples. */
  #timeBase: number | null = null;

  /** Time of a picture, or of the end of a block of sound, seconds; null for any other line. */
  push(line: string): number | null {
    const base = /^\[Parsed_showinfo_\d+ @ [^\]]+\] config in time_base: (\d+)\/(\d+)/.exec(line);
    if (base !== null) this.#timeBase = Number(base[1]) / Number(base[2]);
    const frame = /^\[Parsed_a?showinfo_\d+ @ [^\]]+\] n: *\d+ pts: *(-?\d+) (?:.*? rate:(\d+) nb_samples:(\d+))?/.exec(line);
    if (frame === null) return null;
    const pts = Number(frame[1]);
    if (frame[3] !== undefined) return (pts + Number(frame[3])) / Number(frame[2]);
    return this.#timeBase === null ? null : pts * this.#timeBase;
  }
}

/**
 * What FFmpeg said last, apart from frames and its summary of bytes. It names the address that it was given: a password in it is left out,
 * for this goes into the log.
 */
export function lastLineOf(words: string): string {
  const last = words.split('\n').findLast((line) => line.trim() !== '' && !line.includes('showinfo') && !line.startsWith('video:')) ?? 'without a word';
  return last.replaceAll(/:\/\/[^/\s]*@/g, '://');
}
