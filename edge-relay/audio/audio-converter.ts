import type { Readable, Writable } from 'node:stream';
import { AAC_ENCODER_DELAY_SAMPLES, AAC_FRAME_SAMPLES } from '#kit/media/aac.ts';
import { NutReader } from '#kit/media/nut.ts';
import { OPUS_ENCODER_DELAY_SAMPLES } from '#kit/media/opus.ts';
import type { AudioPacket } from '#kit/media/packet.ts';
import { type Child, startChild } from '#kit/process/child.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import { AudioFeed } from './feed.ts';
import { type AudioCodec, conversionArgs } from './ffmpeg-args.ts';
import { samplesToUs } from './sample-clock.ts';

export interface AudioConverterOptions {
  /** Names the process's pid file and log lines, e.g. `edge-audio-room-301`. */
  readonly name: string;
  /** The other codec comes out. */
  readonly from: AudioCodec;
  readonly bitrateKbps?: number;
}

interface OutputFormat {
  readonly codec: AudioCodec;
  readonly frameSamples: number;
  readonly delaySamples: number;
}

/** Two seconds of Opus packets. When FFmpeg is away or slower than the class, the oldest are dropped. */
const MAX_QUEUED = 100;
/** Ten seconds of Opus packets for which nothing came back: FFmpeg lives and does nothing any more. */
const MOST_UNANSWERED = 500;
const KILL_AFTER_MS = 500;
const OUTPUT: Record<AudioCodec, OutputFormat> = {
  opus: { codec: 'aac', frameSamples: AAC_FRAME_SAMPLES, delaySamples: AAC_ENCODER_DELAY_SAMPLES },
  aac: { codec: 'opus', frameSamples: 960, delaySamples: OPUS_ENCODER_DELAY_SAMPLES },
};

/**
 * Converts a room's sound once, Opus to AAC or AAC to Opus, in an FFmpeg process of its own. Packets keep their capture time. What
 * comes out is stereo at 48 kHz. When FFmpeg dies or hangs `run` rejects, and its owner runs it again; packets wait for that, bounded.
 */
export class AudioConverter {
  readonly #options: AudioConverterOptions;
  readonly #listeners = new Set<(packet: AudioPacket) => void>();
  readonly #queue: AudioPacket[] = [];
  #dropped = 0;
  /** Packets since something last came out. */
  #unanswered = 0;
  #pump: () => void = () => undefined;
  #giveUp: (reason: string) => void = () => undefined;

  constructor(options: AudioConverterOptions) {
    this.#options = options;
  }

  /** Packets that were dropped because FFmpeg was away or too slow. */
  get dropped(): number {
    return this.#dropped;
  }

  onPacket(listener: (packet: AudioPacket) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes one packet of the input codec; others are passed over. Never waits. */
  write(packet: AudioPacket): void {
    if (packet.codec !== this.#options.from) return;
    this.#queue.push(packet);
    if (this.#queue.length > MAX_QUEUED) {
      this.#queue.shift();
      this.#dropped += 1;
    }
    this.#unanswered += 1;
    if (this.#unanswered > MOST_UNANSWERED) this.#giveUp('FFmpeg took ten seconds of sound and gave nothing');
    this.#pump();
  }

  /** Converts until the signal aborts. Rejects with `audio_conversion_failed` when FFmpeg ends before that. */
  async run(signal: AbortSignal): Promise<void> {
    const { name, from, bitrateKbps = from === 'opus' ? 128 : 96 } = this.#options;
    const stop = new AbortController();
    const child = startChild('ffmpeg', conversionArgs(from, bitrateKbps), {
      signal: AbortSignal.any([signal, stop.signal]), name, stdio: ['pipe', 'pipe', 'pipe'], killAfterMs: KILL_AFTER_MS,
    });
    const feed = new AudioFeed();
    const pipes = pipesOf(child);
    const failures: string[] = [];
    this.#unanswered = 0;
    this.#giveUp = (reason) => {
      failures.push(reason);
      stop.abort();
    };
    this.#receive(pipes.stdout, feed);
    this.#feed(pipes.stdin, feed, AbortSignal.any([signal, stop.signal]));
    const exit = await child.exited;
    this.#pump = () => undefined;
    this.#giveUp = () => undefined;
    stop.abort();
    if (signal.aborted) return;
    const reason = failures[0] ?? (exit.lastWords === '' ? `FFmpeg ended with ${exit.code ?? exit.signal}` : exit.lastWords);
    throw new CodedError('audio_conversion_failed', `The room's sound could not be converted: ${reason}`, { status: 500 });
  }

  #feed(stdin: Writable, feed: AudioFeed, signal: AbortSignal): void {
    // A broken pipe means that FFmpeg is gone, which its exit reports with its reason.
    stdin.on('error', () => stdin.destroy());
    this.#pump = () => {
      while (stdin.writable && !stdin.writableNeedDrain) {
        const packet = this.#queue.shift();
        if (packet === undefined) return;
        const bytes = feed.push(packet);
        if (bytes.length > 0) stdin.write(bytes);
      }
    };
    stdin.on('drain', this.#pump);
    // FFmpeg does not hear a signal while it waits for an open input.
    signal.addEventListener('abort', () => stdin.destroy(), { once: true });
    this.#pump();
  }

  /** Dates and gives out what FFmpeg writes. */
  #receive(stdout: Readable, feed: AudioFeed): void {
    const reader = new NutReader();
    const format = OUTPUT[this.#options.from];
    let frames = 0;
    stdout.on('data', (chunk: Buffer) => {
      try {
        for (const { data } of reader.push(chunk)) {
          this.#unanswered = 0;
          this.#emit(data, feed.clock.captureUsOf(frames * format.frameSamples - format.delaySamples), format);
          frames += 1;
        }
      } catch (error) {
        stdout.removeAllListeners('data').resume();
        this.#giveUp(reasonOf(error));
      }
    });
  }

  #emit(data: Buffer, captureUs: number | null, format: OutputFormat): void {
    if (captureUs === null) return;
    const packet: AudioPacket = { kind: 'audio', codec: format.codec, captureUs, durationUs: samplesToUs(format.frameSamples), channels: 2, data };
    for (const listener of this.#listeners) listener(packet);
  }
}

function pipesOf(child: Child): { stdin: Writable; stdout: Readable } {
  const { stdin, stdout } = child.process;
  if (stdin === null || stdout === null) throw new CodedError('internal', 'FFmpeg was started without its pipes.', { status: 500 });
  return { stdin, stdout };
}
