import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { startChild } from '#kit/process/child.ts';
import { CodedError } from '#kit/process/errors.ts';
import { preferProcess } from '#kit/process/priority.ts';
import { captureArguments, nativeSizeIn } from './arguments.ts';
import type { CaptureOptions, CaptureSource } from './capture-source.ts';
import { StallWatch } from './stall-watch.ts';

/** FFmpeg does not end by itself while its device stalls. */
const KILL_AFTER_MS = 300;

/** A source that FFmpeg captures by itself: devices, files, test signals, and RTSP in codecs that our client does not read. */
export class FfmpegCapture implements CaptureSource {
  readonly #options: CaptureOptions;
  readonly #stall = new StallWatch();

  constructor(options: CaptureOptions) {
    this.#options = options;
  }

  reported(ageMs: number | null): void {
    this.#stall.reported(ageMs);
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
    const endWatching = this.#stall.begin(stop);
    try {
      const exit = await child.exited;
      if (!signal.aborted) throw new CodedError('capture_ended', stop.signal.aborted ? `${source.name} stopped sending` : lastLine(exit.lastWords));
    } finally {
      endWatching();
    }
  }

  #watchWords(stderr: Readable | null): void {
    if (stderr === null) return;
    createInterface({ input: stderr }).on('line', (line) => {
      const size = nativeSizeIn(line);
      if (size !== null) this.#options.news.size?.(size);
    });
  }
}

function lastLine(words: string): string {
  return words.split('\n').findLast((line) => line.trim() !== '') ?? 'the capture ended without a word';
}
