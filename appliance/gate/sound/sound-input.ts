import type { ByteReader } from '../dial.ts';
import { LevelMeter } from './level-meter.ts';
import { ClockLine, SAMPLES_PER_MS } from './clock-line.ts';
import { readStretched, REACH, type Stereo } from './resampler.ts';
import { SampleRing } from './sample-ring.ts';

const READ_BYTES = 32 * 1024;
/** One sample of both channels, s16le. */
const SAMPLE_BYTES = 4;
/** Further off than this, ms, sound is moved at once (cross-faded); less is made up for by playing faster or slower. */
const MOVE_MS = 10;
/** 0.3 % is no pitch that anyone hears; an error is halved in about 0.7 s. */
const STRETCH_MAX = 0.003;
const STRETCH_PER_SAMPLE = 1 / 48_000;
/** Of a cut, a begin and an end: 5 ms, which is no click. */
const FADE_SAMPLES = 240;
/** Nothing came for so long: the source has failed. */
const STALLED_AFTER_MS = 400;
/** Exact zeros for so long: the device is there and its sound is not. A room, however quiet, is never exactly zero. */
const DEAD_AFTER_MS = 10_000;
/** Samples that are missing for so long were lost: what comes next tells anew where it belongs. Until then they are late. */
const LOST_AFTER_MS = 400;
const BLOCK_SAMPLES = 960;

/** Takes one source's s16le stereo and gives out exactly what each tick asks for, in the program's time. */
export class SoundInput implements ByteReader {
  readonly meter = new LevelMeter();
  readonly #nowMs: () => number;
  readonly #ring = new SampleRing();
  readonly #line = new ClockLine();
  readonly #scratch = Buffer.allocUnsafeSlow(READ_BYTES);
  readonly #old: Stereo = { left: new Float32Array(FADE_SAMPLES), right: new Float32Array(FADE_SAMPLES) };
  /** Bytes of a sample that is not whole yet, at the beginning of the scratch. */
  #torn = 0;
  #holdMs = 0;
  #position = 0;
  #playing = false;
  /** When samples that were due had not come; null while none are missed. */
  #missedSinceMs: number | null = null;
  #gaps = 0;
  /** What the last sample out was: an end fades from there. */
  #last = { left: 0, right: 0 };
  #lastArrivalMs: number | null = null;
  #lastSoundMs = 0;
  #receivedSamples = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get driftPpm(): number | null {
    return this.#line.driftPpm;
  }

  /** How often since it was last asked samples came too late to be heard. */
  takeGaps(): number {
    const gaps = this.#gaps;
    this.#gaps = 0;
    return gaps;
  }

  /** By how much its packets usually come later than the line that its place in the program is counted from, ms. */
  get usualLatenessMs(): number {
    return this.#line.usualLatenessMs;
  }

  /** From a sample's due arrival to its place in the program. */
  setHold(holdMs: number): void {
    this.#holdMs = holdMs;
  }

  room(): Uint8Array {
    return this.#scratch.subarray(this.#torn);
  }

  took(bytes: number): void {
    const nowMs = this.#nowMs();
    const total = this.#torn + bytes;
    const whole = total - (total % SAMPLE_BYTES);
    const peak = this.#ring.push(new Int16Array(this.#scratch.buffer, this.#scratch.byteOffset, whole >> 1));
    this.#scratch.copy(this.#scratch, 0, whole, total);
    this.#torn = total - whole;
    this.#receivedSamples += whole / SAMPLE_BYTES;
    // One that was closed for as long begins anew: what it gave before tells nothing of now.
    if (peak > 0 || this.#lastArrivalMs === null || nowMs - this.#lastArrivalMs >= DEAD_AFTER_MS) this.#lastSoundMs = nowMs;
    this.#lastArrivalMs = nowMs;
    this.#line.arrived(this.#ring.written, nowMs);
  }

  closed(): void {
    this.#torn = 0;
    this.#ring.clear();
    this.#stop();
  }

  /** Whether its sound can be relied on at this moment. */
  isWell(): boolean {
    const nowMs = this.#nowMs();
    if (this.#lastArrivalMs === null || nowMs - this.#lastArrivalMs > STALLED_AFTER_MS) return false;
    return nowMs - this.#lastSoundMs < DEAD_AFTER_MS;
  }

  /** Fills `block`, which is on air from `tickMs` on, with silence where nothing is there. */
  tick(block: Stereo, tickMs: number): void {
    this.#giveUpLost();
    const due = this.#line.isKnown ? this.#line.sampleAt(tickMs - this.#holdMs) : -1;
    if (this.#playing) this.#goOn(block, due);
    else if (due >= REACH && this.#reaches(due, 1)) this.#begin(block, due);
    else this.#fadeOut(block);
    this.#last = { left: block.left[BLOCK_SAMPLES - 1] as number, right: block.right[BLOCK_SAMPLES - 1] as number };
    this.meter.add(block);
  }

  report(elapsedMs: number): { fps: number; ageMs: number | null } {
    const fps = this.#receivedSamples / BLOCK_SAMPLES / (elapsedMs / 1000);
    this.#receivedSamples = 0;
    return { fps, ageMs: this.#lastArrivalMs === null ? null : this.#nowMs() - this.#lastArrivalMs };
  }

  #begin(block: Stereo, due: number): void {
    if (this.#missedSinceMs !== null) this.#gaps += 1;
    this.#missedSinceMs = null;
    this.#playing = true;
    this.#position = due;
    this.#play(block, this.#line.ratio);
    fade(block, (part) => part);
  }

  #goOn(block: Stereo, due: number): void {
    const late = due - this.#position;
    if (Math.abs(late) > MOVE_MS * SAMPLES_PER_MS) return this.#move(block, due);
    const step = this.#line.ratio * (1 + Math.max(-STRETCH_MAX, Math.min(STRETCH_MAX, late * STRETCH_PER_SAMPLE)));
    if (this.#reaches(this.#position, step)) this.#play(block, step);
    else this.#starve(block);
  }

  /** To another place in the sound, without a click. */
  #move(block: Stereo, due: number): void {
    if (due < REACH || !this.#reaches(due, 1)) return this.#starve(block);
    const hasOld = this.#ring.holds(this.#position - REACH, this.#position + FADE_SAMPLES + REACH);
    if (hasOld) readStretched(this.#ring, this.#position, 1, this.#old);
    this.#position = due;
    this.#play(block, this.#line.ratio);
    fade(block, (part) => part);
    if (hasOld) addFading(block, this.#old);
  }

  #play(block: Stereo, step: number): void {
    readStretched(this.#ring, this.#position, step, block);
    this.#position += step * BLOCK_SAMPLES;
  }

  #starve(block: Stereo): void {
    this.#playing = false;
    this.#missedSinceMs = this.#nowMs();
    this.#fadeOut(block);
  }

  #giveUpLost(): void {
    if (this.#missedSinceMs === null || this.#nowMs() - this.#missedSinceMs < LOST_AFTER_MS) return;
    this.#stop();
  }

  #stop(): void {
    this.#playing = false;
    this.#missedSinceMs = null;
    this.#line.restart();
  }

  #fadeOut(block: Stereo): void {
    block.left.fill(this.#last.left, 0, FADE_SAMPLES).fill(0, FADE_SAMPLES);
    block.right.fill(this.#last.right, 0, FADE_SAMPLES).fill(0, FADE_SAMPLES);
    fade(block, (part) => 1 - part);
  }

  #reaches(position: number, step: number): boolean {
    return this.#ring.holds(Math.floor(position) - REACH, Math.ceil(position + step * BLOCK_SAMPLES) + REACH);
  }
}

function fade({ left, right }: Stereo, gainOf: (part: number) => number): void {
  for (let index = 0; index < FADE_SAMPLES; index += 1) {
    const gain = gainOf((index + 1) / FADE_SAMPLES);
    left[index] = (left[index] as number) * gain;
    right[index] = (right[index] as number) * gain;
  }
}

function addFading(block: Stereo, old: Stereo): void {
  for (let index = 0; index < FADE_SAMPLES; index += 1) {
    const gain = 1 - (index + 1) / FADE_SAMPLES;
    block.left[index] = (block.left[index] as number) + (old.left[index] as number) * gain;
    block.right[index] = (block.right[index] as number) + (old.right[index] as number) * gain;
  }
}
