import { rmSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { startChild } from '#kit/process/child.ts';
import { CodedError } from '#kit/process/errors.ts';
import { preferProcess } from '#kit/process/priority.ts';
import type { CaptureNews, CaptureSource } from '../sources/capture-source.ts';
import { FeedWatch } from './feed-watch.ts';

export interface DecoderOptions {
  /** Names the process and its pid file. */
  readonly name: string;
  readonly arguments: readonly string[];
  /** Where FFmpeg listens for the gate. */
  readonly socketPath: string;
  readonly news: CaptureNews;
}

/** What is being shared, seen from a decoder. */
export interface Sharing {
  /** First bytes of a decoder that begins anew. */
  readonly head: () => Buffer;
  /** A decoder began, or bytes had to be left out: it understands nothing before the next keyframe. */
  readonly onNeedsKeyframe: () => void;
}

/** A few seconds of a screen: what waits longer is worth nothing to anybody. */
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;
const KILL_AFTER_MS = 300;

/**
 * One stream of a laptop through an FFmpeg of its own, which runs only while something is shared. It never restarts itself: `run`
 * rejects when FFmpeg ends in the middle of a share, and resolves on abort.
 */
export class LaptopDecoder implements CaptureSource {
  readonly #options: DecoderOptions;
  #sharing: Sharing | null = null;
  #changed = Promise.withResolvers<void>();
  #stdin: Writable | null = null;
  #needsKeyframe = true;
  /** Of the FFmpeg that runs. */
  #running = { fed: new FeedWatch(), over: new AbortController() };

  constructor(options: DecoderOptions) {
    this.#options = options;
  }

  begin(sharing: Sharing): void {
    this.#sharing = sharing;
    this.#options.news.wanted?.(true);
    this.#tellChange();
  }

  end(): void {
    this.#sharing = null;
    this.#options.news.wanted?.(false);
    this.#tellChange();
  }

  sized(size: { readonly width: number; readonly height: number }): void {
    this.#options.news.size?.(size);
  }

  /** Policy: over the bound everything is dropped up to the next keyframe, which is asked for. */
  write(bytes: Buffer, keyframe: boolean): void {
    const [stdin, sharing] = [this.#stdin, this.#sharing];
    if (sharing === null) return;
    // One that died is replaced in a moment.
    if (stdin === null || !stdin.writable) return this.#options.news.dropped?.(1);
    if (stdin.writableLength > MAX_QUEUED_BYTES) this.#needsKeyframe = true;
    else if (keyframe) this.#needsKeyframe = false;
    if (this.#needsKeyframe) {
      this.#options.news.dropped?.(1);
      return sharing.onNeedsKeyframe();
    }
    stdin.write(bytes);
    this.#running.fed.wrote(performance.now());
  }

  /** A screen may rest: that nothing comes is a reason to begin anew only where something was written. */
  reported(ageMs: number | null): void {
    const nowMs = performance.now();
    const { fed, over } = this.#running;
    if (ageMs !== null) fed.cameBack(nowMs - ageMs);
    if (fed.isHung(nowMs)) over.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const sharing = this.#sharing;
      if (sharing === null) await Promise.race([this.#changed.promise, aborted(signal)]);
      else await this.#decode(sharing, signal);
    }
  }

  async #decode(sharing: Sharing, signal: AbortSignal): Promise<void> {
    const { name, socketPath } = this.#options;
    rmSync(socketPath, { force: true });
    const over = new AbortController();
    this.#running = { fed: new FeedWatch(), over };
    const child = startChild('ffmpeg', this.#options.arguments, {
      signal: AbortSignal.any([signal, over.signal]), name, stdio: ['pipe', 'ignore', 'pipe'], killAfterMs: KILL_AFTER_MS,
    });
    preferProcess(child.process.pid);
    this.#feed(child.process.stdin, sharing);
    void this.#untilAnother(sharing).then(() => over.abort());
    const { lastWords } = await child.exited;
    this.#stdin = null;
    if (this.#sharing === sharing && !signal.aborted) throw new CodedError('share_decoder_ended', `The laptop's stream could not be decoded: ${lastWords}`);
  }

  #feed(stdin: Writable | null, sharing: Sharing): void {
    // A child that ends closes the pipe; its exit says why.
    stdin?.on('error', () => undefined);
    stdin?.write(sharing.head());
    this.#stdin = stdin;
    this.#needsKeyframe = true;
    sharing.onNeedsKeyframe();
  }

  async #untilAnother(sharing: Sharing): Promise<void> {
    while (this.#sharing === sharing) await this.#changed.promise;
  }

  #tellChange(): void {
    const changed = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    changed.resolve();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
