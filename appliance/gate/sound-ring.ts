const SAMPLES_PER_MS = 48;
const CAPACITY_MS = 2_000;
/** The fill may stray this far from its target before the speed is touched, ms. */
const TOLERANCE_MS = 15;
/** Correction per millisecond of error, and its limit: 0.3 % is no pitch that anyone hears, and 30 times a bad crystal. */
const CORRECTION_PER_MS = 0.00005;
const CORRECTION_MAX = 0.003;
/** Above this excess the sound is cut rather than stretched, ms. */
const EXCESS_MS = 120;
/** Weight of the newest fill in the running mean: about a second of 20 ms blocks. */
const SMOOTHING = 0.02;

/**
 * Holds stereo sound between a device's clock and the program's. It keeps about `targetMs` in hand: a device that is slow or fast
 * is played a little slower or faster (linear interpolation), one that stalls gives silence until the target is reached again.
 */
export class SoundRing {
  readonly #ring = new Int16Array(CAPACITY_MS * SAMPLES_PER_MS * 2);
  readonly #capacity = CAPACITY_MS * SAMPLES_PER_MS;
  #targetMs: number;
  /** Sample counts since the beginning. Reading may stand between two samples. */
  #written = 0;
  #read = 0;
  #playing = false;
  #meanFillMs: number;

  constructor(targetMs: number) {
    this.#targetMs = targetMs;
    this.#meanFillMs = targetMs;
  }

  get fillMs(): number {
    return (this.#written - this.#read) / SAMPLES_PER_MS;
  }

  setTarget(targetMs: number): void {
    if (targetMs === this.#targetMs) return;
    this.#targetMs = targetMs;
    this.#jumpToTarget();
  }

  push(interleaved: Int16Array): void {
    const samples = interleaved.length >> 1;
    const at = (this.#written % this.#capacity) * 2;
    const first = Math.min(interleaved.length, this.#ring.length - at);
    this.#ring.set(interleaved.subarray(0, first), at);
    this.#ring.set(interleaved.subarray(first), 0);
    this.#written += samples;
    if (this.fillMs > this.#targetMs + EXCESS_MS) this.#jumpToTarget();
  }

  /** Fills `block`; what cannot be had is silence. */
  pull(block: Int16Array): void {
    block.fill(0);
    if (!this.#playing && this.fillMs >= this.#targetMs) this.#start();
    if (!this.#playing) return;
    const speed = this.#speed();
    if (speed === 1 && Number.isInteger(this.#read)) this.#copyInto(block);
    else this.#stretchInto(block, speed);
  }

  #start(): void {
    this.#playing = true;
    this.#jumpToTarget();
  }

  #jumpToTarget(): void {
    this.#read = Math.max(0, this.#written - Math.round(this.#targetMs * SAMPLES_PER_MS));
    this.#meanFillMs = this.#targetMs;
  }

  #speed(): number {
    this.#meanFillMs += (this.fillMs - this.#meanFillMs) * SMOOTHING;
    const errorMs = this.#meanFillMs - this.#targetMs;
    if (Math.abs(errorMs) < TOLERANCE_MS) {
      // Back onto whole samples, so that undisturbed sound is copied as it is.
      this.#read = Math.round(this.#read);
      return 1;
    }
    return 1 + Math.max(-CORRECTION_MAX, Math.min(CORRECTION_MAX, errorMs * CORRECTION_PER_MS));
  }

  #copyInto(block: Int16Array): void {
    const wanted = block.length >> 1;
    const samples = Math.min(wanted, this.#written - this.#read);
    for (let index = 0; index < samples; index += 1) {
      const at = ((this.#read + index) % this.#capacity) * 2;
      block[index * 2] = this.#ring[at] as number;
      block[index * 2 + 1] = this.#ring[at + 1] as number;
    }
    this.#read += samples;
    if (samples < wanted) this.#playing = false;
  }

  #stretchInto(block: Int16Array, speed: number): void {
    const wanted = block.length >> 1;
    for (let index = 0; index < wanted; index += 1) {
      const whole = Math.floor(this.#read);
      if (whole + 1 >= this.#written) {
        this.#playing = false;
        return;
      }
      const part = this.#read - whole;
      const here = (whole % this.#capacity) * 2;
      const there = ((whole + 1) % this.#capacity) * 2;
      for (let channel = 0; channel < 2; channel += 1) {
        const a = this.#ring[here + channel] as number;
        const b = this.#ring[there + channel] as number;
        block[index * 2 + channel] = Math.round(a + (b - a) * part);
      }
      this.#read += speed;
    }
  }
}
