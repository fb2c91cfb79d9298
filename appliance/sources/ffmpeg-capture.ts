import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { startChild } from '#kit/process/child.ts';
import { CodedError } from '#kit/process/errors.ts';
import { preferProcess } from '#kit/process/priority.ts';
import { captureArguments, nativeSizeIn } from './arguments.ts';
import type { CaptureOptions, CaptureSource } from './capture-source.ts';

/** From start to first frame: a camera that is asked over RTSP answers within a few seconds or not at all. */
const FIRST_FRAME_MS = 8_000;
const STALL_MS = 2_000;
const CHECK_EVERY_MS = 250;
/** FFmpeg does not end by itself while its device stalls. */
const KILL_AFTER_MS = 300;

/** One source's FFmpeg. It never restarts itself: `run` rejects when the process ends or its frames stop. */
export class FfmpegCapture implements CaptureSource {
  readonly #options: CaptureOptions;
  #lastFrameMs: number | null = null;

  constructor(options: CaptureOptions) {
    this.#options = options;
  }

  /** From the gate: how long ago the newest frame came. */
  reported(ageMs: number | null): void {
    if (ageMs !== null) this.#lastFrameMs = performance.now() - ageMs;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { source, raster, programFps, socketPath } = this.#options;
    rmSync(socketPath, { force: true });
    const stop = new AbortController();
    const child = startChild('ffmpeg', captureArguments(source, raster, programFps, socketPath), {
      signal: AbortSignal.any([signal, stop.signal]), name: `capture-${source.id}`, killAfterMs: KILL_AFTER_MS,
    });
    preferProcess(child.process.pid);
    this.#watchWords(child.process.stderr);
    const stalled = this.#watchFrames(stop);
    try {
      const exit = await child.exited;
      if (!signal.aborted) throw new CodedError('capture_ended', stalled.isStalled() ? `${source.name} stopped sending` : lastLine(exit.lastWords));
    } finally {
      stalled.end();
    }
  }

  #watchWords(stderr: Readable | null): void {
    if (stderr === null) return;
    createInterface({ input: stderr }).on('line', (line) => {
      const size = nativeSizeIn(line);
      if (size !== null) this.#options.news.size?.(size);
    });
  }

  /** Ends the process when its frames stop: a hung connection is replaced rather than waited for. */
  #watchFrames(stop: AbortController): { isStalled: () => boolean; end: () => void } {
    const startedMs = performance.now();
    const timer = setInterval(() => {
      const lastMs = this.#lastFrameMs;
      const isOwn = lastMs !== null && lastMs > startedMs;
      const limitMs = isOwn ? lastMs + STALL_MS : startedMs + FIRST_FRAME_MS;
      if (performance.now() > limitMs) stop.abort();
    }, CHECK_EVERY_MS);
    return { isStalled: () => stop.signal.aborted, end: () => clearInterval(timer) };
  }
}

function lastLine(words: string): string {
  return words.split('\n').findLast((line) => line.trim() !== '') ?? 'the capture ended without a word';
}
