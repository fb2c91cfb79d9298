import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { startChild } from '#kit/process/child.ts';
import { CodedError } from '#kit/process/errors.ts';
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
    const child = startChild('ffmpeg', args, { signal, name, killAfterMs: KILL_AFTER_MS, stdio: ['pipe', 'ignore', 'pipe', onPackets === undefined ? 'ignore' : 'pipe'] });
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
    createInterface({ input: stderr }).on('line', (line) => {
      const seconds = frameTimeIn(line);
      if (seconds !== null) this.#options.onFrame?.(seconds);
    });
  }
}

/** Time of a picture, or of the end of a block of sound, in a line of the `showinfo` or `ashowinfo` filter; seconds. */
export function frameTimeIn(line: string): number | null {
  const found = /^\[Parsed_a?showinfo_\d+ @ [^\]]+\] n: *\d+ .*?pts_time: *(-?[\d.]+)(?:.*? rate:(\d+) nb_samples:(\d+))?/.exec(line);
  if (found === null) return null;
  return Number(found[1]) + (found[3] === undefined ? 0 : Number(found[3]) / Number(found[2]));
}

/** What FFmpeg said last, apart from frames. */
export function lastLineOf(words: string): string {
  return words.split('\n').findLast((line) => line.trim() !== '' && !line.includes('showinfo')) ?? 'without a word';
}
