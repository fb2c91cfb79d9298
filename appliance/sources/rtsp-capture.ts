import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { checker } from '#kit/process/check.ts';
import { type Child, forkTs, sendTo } from '#kit/process/child.ts';
import { CodedError } from '#kit/process/errors.ts';
import { preferProcess } from '#kit/process/priority.ts';
import type { CaptureOptions, CaptureSource } from './capture-source.ts';
import { FfmpegCapture } from './ffmpeg-capture.ts';
import { type BeginCapture, FromCapture, TRACK_FD } from './rtsp-capture/protocol.ts';
import { TrackReader } from './rtsp-capture/track-wire.ts';
import { StallWatch } from './stall-watch.ts';

const CAPTURE_FILE = fileURLToPath(new URL('rtsp-capture/main.ts', import.meta.url));
const KILL_AFTER_MS = 300;
const asFromCapture = checker(FromCapture, 'bad_capture_message');

type Failure = Extract<FromCapture, { type: 'failed' }>;

/** A process that captures nothing until it is told what. */
interface Waiting extends Child {
  readonly stop: AbortController;
}

/** A camera or microphone that is reached over RTSP: the appliance's end of the process that captures it. */
export class RtspCapture implements CaptureSource {
  readonly #options: CaptureOptions;
  readonly #stall = new StallWatch();
  /** For what our own client does not read. */
  readonly #ffmpeg: FfmpegCapture;
  #foreign = false;
  #waiting: Waiting | null = null;

  constructor(options: CaptureOptions) {
    this.#options = options;
    this.#ffmpeg = new FfmpegCapture(options);
  }

  reported(ageMs: number | null): void {
    this.#stall.reported(ageMs);
    this.#ffmpeg.reported(ageMs);
  }

  /** Half a second of processor time, which a class that begins has no use for. */
  prepare(signal: AbortSignal): void {
    if (this.#foreign || this.#waiting !== null || signal.aborted) return;
    const waiting = this.#fork(signal);
    this.#waiting = waiting;
    void waiting.exited.then(() => {
      if (this.#waiting === waiting) this.#waiting = null;
    });
  }

  /** Ends what was prepared: this source is not captured any more. */
  dismiss(): void {
    this.#waiting?.stop.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    if (this.#foreign) return await this.#ffmpeg.run(signal);
    const failure = await this.#runOnce(signal);
    if (signal.aborted) return;
    // Found out once: a camera seldom changes its codec, and a new start of the box asks again.
    this.#foreign = failure.code === 'unsupported_codec';
    if (this.#foreign) return await this.#ffmpeg.run(signal);
    throw new CodedError(failure.code, failure.message);
  }

  async #runOnce(signal: AbortSignal): Promise<Failure> {
    const { source, socketPath } = this.#options;
    rmSync(socketPath, { force: true });
    const { stop, ...child } = this.#waiting ?? this.#fork(signal);
    this.#waiting = null;
    const end = (): void => stop.abort();
    signal.addEventListener('abort', end, { once: true });
    // What comes after a stall need not wait until this one has ended: a camera that was unplugged for a moment may be back already.
    stop.signal.addEventListener('abort', () => this.prepare(signal), { once: true });
    let failure: Failure = { type: 'failed', code: 'capture_ended', message: `The capture of ${source.name} ended without a word.` };
    child.process.on('message', (message) => {
      const said = asFromCapture(message);
      if (said.type === 'failed') failure = said;
      else this.#heard(said);
    });
    this.#readTrack(child.process);
    sendTo(child.process, this.#begin());
    const endWatching = this.#stall.begin(stop);
    try {
      await child.exited;
    } finally {
      endWatching();
      signal.removeEventListener('abort', end);
    }
    return stop.signal.aborted ? { type: 'failed', code: 'capture_stalled', message: `${source.name} stopped sending` } : failure;
  }

  #fork(signal: AbortSignal): Waiting {
    const { source } = this.#options;
    const stop = new AbortController();
    const child = forkTs(CAPTURE_FILE, [source.id], {
      signal: AbortSignal.any([signal, stop.signal]), name: `capture-${source.id}`, killAfterMs: KILL_AFTER_MS,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    });
    preferProcess(child.process.pid);
    return { ...child, stop };
  }

  #begin(): BeginCapture {
    const { source, raster, programFps, socketPath } = this.#options;
    return { source, raster: { width: raster.width, height: raster.height }, programFps, socketPath };
  }

  #heard(said: Exclude<FromCapture, Failure>): void {
    const { news } = this.#options;
    if (said.type === 'size') news.size?.(said);
    if (said.type === 'latency') news.latency?.(said.latencyMs);
    if (said.type === 'dropped') news.dropped?.(said.frames);
    if (said.type === 'away') this.#stall.away();
  }

  #readTrack(child: ChildProcess): void {
    const { source, news, wallUs } = this.#options;
    const reader = new TrackReader(source.id);
    (child.stdio[TRACK_FD] as Readable).on('data', (chunk: Buffer) => {
      for (const packet of reader.push(chunk)) news.packet?.({ ...packet, captureUs: Math.round(wallUs(packet.captureUs)) });
    });
  }
}
