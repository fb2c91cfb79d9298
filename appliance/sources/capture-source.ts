import type { MediaPacket } from '#kit/media/packet.ts';
import type { SourceConfig } from './source-config.ts';

export interface Raster {
  readonly width: number;
  readonly height: number;
}

/** What a capture finds out about its source while it runs. */
export interface CaptureNews {
  size?(size: Raster): void;
  /** From capture to the gate, settled. */
  latency?(latencyMs: number): void;
  /** Pictures that the source gave and that were lost since this was last said; those that reach the gate too late are counted there. */
  dropped?(frames: number): void;
  /** Whether there is anything to capture: nobody misses a laptop that does not share. Unsaid, there always is. */
  wanted?(wanted: boolean): void;
  /** One packet of the source's own track, where it is to have one; from a capture its times are time of day. */
  packet?(packet: MediaPacket): void;
}

export interface CaptureOptions {
  readonly source: SourceConfig;
  /** What the gate expects: I420 of this size, letterboxed; or s16le 48 kHz stereo. */
  readonly raster: Raster;
  readonly programFps: number;
  /** The capture listens here for the gate. */
  readonly socketPath: string;
  readonly news: CaptureNews;
  /** Time of day of an instant of the monotonic clock, microseconds: the one that the program is stamped with, however clocks are set. */
  readonly wallUs: (monotonicUs: number) => number;
}

/** One way of capturing a source. It never restarts itself: `run` rejects when the device, the process or the frames end. */
export interface CaptureSource {
  run(signal: AbortSignal): Promise<void>;
  /** Gets ready for a `run` that may come, touching nothing of the device, until the signal aborts. Twice is harmless. */
  prepare?(signal: AbortSignal): void;
  /** From the gate, twice a second: how long ago the newest frame or sound came, null when none ever did. */
  reported(ageMs: number | null): void;
}

/** Asks a camera for the RTSP address of an `onvif:` source, anew at every start; one that does not answer is looked for where it was. The answer may hold a password: it is not to be logged. */
export type ResolveAddress = (url: string) => Promise<string>;

export type OpenCapture = (options: CaptureOptions) => CaptureSource;
