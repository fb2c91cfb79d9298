/** Gives a room its sound in the other form as well: AAC for HLS where the publisher sends Opus, Opus for WebRTC where it sends AAC. */
import type { AudioPacket, MediaPacket } from '#kit/media/packet.ts';
import type { Log } from '#kit/process/log.ts';
import { supervise } from '#kit/process/supervisor.ts';
import type { Room, RoomSink } from './room.ts';

export interface SoundConverter {
  run(signal: AbortSignal): Promise<void>;
  write(packet: AudioPacket): void;
  onPacket(listener: (packet: AudioPacket) => void): () => void;
}

export interface AudioBridgeOptions {
  readonly room: Room;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly nowMs: () => number;
  readonly createConverter: (from: AudioPacket['codec']) => SoundConverter;
}

/** A publisher that is away for less than this finds its converter still running. */
const IDLE_MS = 60_000;

interface Running {
  readonly from: AudioPacket['codec'];
  readonly converter: SoundConverter;
  readonly stop: AbortController;
}

/** Attached to its room as a sink; converts from the first packet of sound on, so that HLS is ready before anybody asks. */
export class AudioBridge implements RoomSink {
  readonly name = 'audio-bridge';
  readonly #options: AudioBridgeOptions;
  #running: Running | null = null;
  #lastAtMs = 0;
  /** What the publisher itself sends: the converter's own packets come by here too. */
  #original: AudioPacket['codec'] | null = null;

  constructor(options: AudioBridgeOptions) {
    this.#options = options;
  }

  write(packet: MediaPacket): void {
    if (packet.kind !== 'audio') return;
    this.#original ??= packet.codec;
    if (packet.codec !== this.#original) return;
    this.#lastAtMs = this.#options.nowMs();
    if (this.#running?.from !== packet.codec) this.#start(packet.codec);
    this.#running?.converter.write(packet);
  }

  publisherChanged(): void {
    this.#original = null;
  }

  /** Called now and then: an empty room costs no process. */
  tick(): void {
    if (this.#running !== null && this.#options.nowMs() - this.#lastAtMs > IDLE_MS) this.#stop();
  }

  #start(from: AudioPacket['codec']): void {
    this.#stop();
    const { room, signal, log, createConverter } = this.#options;
    const converter = createConverter(from);
    const stop = new AbortController();
    converter.onPacket((packet) => {
      if (this.#running?.converter === converter && this.#original === from) room.distribute(packet);
    });
    this.#running = { from, converter, stop };
    void supervise(`sound of ${room.name}`, (until) => converter.run(until), { signal: AbortSignal.any([signal, stop.signal]), log });
  }

  #stop(): void {
    this.#running?.stop.abort();
    this.#running = null;
  }
}
