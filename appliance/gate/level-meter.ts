import { SILENCE_DBFS } from '#kit/media/pcm.ts';

export interface Level {
  readonly rmsDbfs: number;
  readonly peakDbfs: number;
}

const FULL_SCALE = 32_768;

/** Gathers sound until it is read: one reading covers everything since the last. */
export class LevelMeter {
  #squares = 0;
  #count = 0;
  #peak = 0;

  add(samples: Int16Array): void {
    for (const sample of samples) {
      this.#squares += sample * sample;
      const size = Math.abs(sample);
      if (size > this.#peak) this.#peak = size;
    }
    this.#count += samples.length;
  }

  read(): Level {
    const rms = this.#count === 0 ? 0 : Math.sqrt(this.#squares / this.#count);
    const level = { rmsDbfs: dbfsOf(rms), peakDbfs: dbfsOf(this.#peak) };
    this.#squares = 0;
    this.#count = 0;
    this.#peak = 0;
    return level;
  }
}

function dbfsOf(amplitude: number): number {
  return amplitude === 0 ? SILENCE_DBFS : Math.max(SILENCE_DBFS, Math.round(200 * Math.log10(amplitude / FULL_SCALE)) / 10);
}
