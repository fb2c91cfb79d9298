import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { DeviceMode } from '#appliance/contract/sources.ts';
import { monotonicUs } from '#kit/media/clock.ts';
import { startChild } from '#kit/process/child.ts';
import { CodedError } from '#kit/process/errors.ts';
import { KEEP_MEMORY } from '#kit/process/ffmpeg-memory.ts';
import { preferProcess } from '#kit/process/priority.ts';
import { captureArguments, nativeSizeIn } from './arguments.ts';
import type { CaptureOptions, CaptureSource } from './capture-source.ts';
import { DamagedPictures } from './damaged-pictures.ts';
import { FrameTimes, lastLineOf } from './decoder.ts';
import { rankModes } from './devices/formats.ts';
import { modesOf, untilPresent } from './devices/machine.ts';
import { FrameClock } from './frame-clock.ts';
import { LatencyMeter } from './latency-meter.ts';
import { NutTrack } from './nut-track.ts';
import { placeOf, reach } from './rtsp/connection.ts';
import { untilThere } from './rtsp/until-there.ts';
import { isPicture } from './source-config.ts';
import { StallWatch } from './stall-watch.ts';

/** FFmpeg does not end by itself while its device stalls. */
const KILL_AFTER_MS = 300;
const TRACK_FD = 3;

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

  /** A device that is not plugged in is waited for, and so is one that is away. */
  async run(signal: AbortSignal): Promise<void> {
    await untilPresent(this.#options.source, signal);
    await this.#untilReached(signal);
    const mode = await this.#chooseMode();
    if (!signal.aborted) await this.#capture(mode, signal);
  }

  /** FFmpeg itself would try for five seconds, and hear of a camera that comes back only when it tries the next time. */
  async #untilReached(signal: AbortSignal): Promise<void> {
    const url = this.#options.source.url.replace(/^rtsp\+ffmpeg:/, 'rtsp:');
    if (!/^rtsps?:/.test(url)) return;
    // Its user name and password are FFmpeg's to read.
    const place = placeOf(url);
    await untilThere(() => reach(place, signal), { signal });
  }

  async #capture(mode: DeviceMode | null, signal: AbortSignal): Promise<void> {
    const { source, socketPath } = this.#options;
    rmSync(socketPath, { force: true });
    const stop = new AbortController();
    const child = startChild('ffmpeg', captureArguments(this.#options, mode), {
      signal: AbortSignal.any([signal, stop.signal]), name: `capture-${source.id}`, killAfterMs: KILL_AFTER_MS,
      env: { ...process.env, ...KEEP_MEMORY }, stdio: ['ignore', 'ignore', 'pipe', source.isolated === true ? 'pipe' : 'ignore'],
    });
    preferProcess(child.process.pid);
    this.#watchWords(child.process.stderr);
    if (source.isolated === true) this.#readTrack(child.process.stdio[TRACK_FD] as Readable);
    const endWatching = this.#stall.begin(stop);
    try {
      const exit = await child.exited;
      if (!signal.aborted) throw new CodedError('capture_ended', stop.signal.aborted ? `${source.name} stopped sending` : lastLineOf(exit.lastWords));
    } finally {
      endWatching();
    }
  }

  /** Null leaves it to FFmpeg: no video device, or one that does not say what it can do. */
  async #chooseMode(): Promise<DeviceMode | null> {
    const { source, raster, programFps } = this.#options;
    if (!source.url.startsWith('v4l2:')) return null;
    const modes = await modesOf(source.url.slice('v4l2:'.length));
    return rankModes(modes ?? [], { ...raster, fps: programFps }, source.isolated === true)[0] ?? null;
  }

  #watchWords(stderr: Readable | null): void {
    if (stderr === null) return;
    const { source, news } = this.#options;
    const latency = new LatencyMeter((latencyMs) => news.latency?.(latencyMs));
    const clock = new FrameClock();
    const times = new FrameTimes();
    const damaged = new DamagedPictures();
    createInterface({ input: stderr }).on('line', (line) => {
      const seconds = times.push(line);
      if (seconds !== null) return latency.add((monotonicUs() - clock.captureUs(seconds * 1_000_000)) / 1_000);
      const size = nativeSizeIn(line);
      if (size !== null) return news.size?.(size);
      const lost = damaged.push(line);
      if (lost > 0 && isPicture(source)) news.dropped?.(lost);
    });
  }

  #readTrack(pipe: Readable): void {
    const { source, news, wallUs } = this.#options;
    const track = new NutTrack(source, new FrameClock());
    pipe.on('data', (chunk: Buffer) => {
      for (const packet of track.push(chunk)) news.packet?.({ ...packet, captureUs: Math.round(wallUs(packet.captureUs)) });
    });
  }
}
