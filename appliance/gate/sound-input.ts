import type { ByteReader } from './dial.ts';
import { LevelMeter } from './level-meter.ts';
import { SoundRing } from './sound-ring.ts';

export interface SoundInputOptions {
  readonly delayMs: number;
  readonly nowMs: () => number;
}

/**
 * Sound that is kept ready, ms: against the jitter of a network microphone, and so that it meets the picture, whose decoding takes
 * longer. Measured with the simulated room's flash and beep: the picture is 130 to 190 ms behind the room, the sound 150.
 */
const JITTER_MS = 140;
const READ_BYTES = 32 * 1024;
/** One sample of both channels, s16le. */
const SAMPLE_BYTES = 4;

/** Takes one microphone's s16le stereo and gives out exactly what each tick asks for. */
export class SoundInput implements ByteReader {
  readonly meter = new LevelMeter();
  readonly #ring: SoundRing;
  readonly #nowMs: () => number;
  readonly #scratch = Buffer.allocUnsafeSlow(READ_BYTES);
  /** Bytes of a sample that is not whole yet, at the beginning of the scratch. */
  #torn = 0;
  #lastArrivalMs: number | null = null;
  #receivedSamples = 0;

  constructor(options: SoundInputOptions) {
    this.#nowMs = options.nowMs;
    this.#ring = new SoundRing(JITTER_MS + options.delayMs);
  }

  setDelay(delayMs: number): void {
    this.#ring.setTarget(JITTER_MS + delayMs);
  }

  room(): Uint8Array {
    return this.#scratch.subarray(this.#torn);
  }

  took(bytes: number): void {
    const total = this.#torn + bytes;
    const whole = total - (total % SAMPLE_BYTES);
    this.#ring.push(new Int16Array(this.#scratch.buffer, this.#scratch.byteOffset, whole >> 1));
    this.#scratch.copy(this.#scratch, 0, whole, total);
    this.#torn = total - whole;
    this.#receivedSamples += whole / SAMPLE_BYTES;
    this.#lastArrivalMs = this.#nowMs();
  }

  closed(): void {
    this.#torn = 0;
  }

  /** Fills `block` (interleaved stereo), with silence where nothing is there. */
  tick(block: Int16Array): void {
    this.#ring.pull(block);
    this.meter.add(block);
  }

  report(elapsedMs: number): { fps: number; ageMs: number | null } {
    const fps = this.#receivedSamples / 960 / (elapsedMs / 1000);
    this.#receivedSamples = 0;
    return { fps, ageMs: this.#lastArrivalMs === null ? null : this.#nowMs() - this.#lastArrivalMs };
  }
}
