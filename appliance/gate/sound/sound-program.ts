import type { SoundSetting } from '#appliance/contract/sound.ts';
import { type Backing, next, NOBODY } from './backup-rule.ts';
import { dbfsOf, LevelMeter } from './level-meter.ts';
import { level, type Levelling, UNLEVELLED } from './leveller.ts';
import { Limiter, LIMITER_DELAY } from './limiter.ts';
import { LoudnessMeter } from './loudness-meter.ts';
import type { Stereo } from './resampler.ts';
import type { SoundInput } from './sound-input.ts';

/** Sound goes in blocks of this length: what an Opus packet holds. */
export const BLOCK_MS = 20;
export const BLOCK_SAMPLES = 960;
/** Sound comes out of the mixer so much later than it went in, ms. */
export const MIXER_DELAY_MS = LIMITER_DELAY / 48;
/** The leveller looks ten times a second. */
const LEVEL_EVERY_BLOCKS = 5;
const FULL_SCALE = 32_767;

export interface SoundSource {
  readonly input: SoundInput;
  readonly backup: boolean;
  readonly needed: boolean;
}

export interface SoundFacts {
  readonly loudnessLufs: number;
  readonly truePeakDbtp: number;
  readonly gainDb: number;
  /** The microphones are open. */
  readonly captured: boolean;
  readonly onAir: string[];
  readonly failed: string[];
}

type Setting = Pick<SoundSetting, 'gainDb' | 'muted'>;

/** The program's sound: sources at their gains, added, levelled, limited. One block a tick, whatever the sources do. */
export class SoundProgram {
  readonly meter = new LevelMeter();
  readonly #sources: ReadonlyMap<string, SoundSource>;
  readonly #block = stereo();
  readonly #mix = stereo();
  readonly #heard = new LoudnessMeter();
  readonly #sent = new LoudnessMeter();
  readonly #limiter = new Limiter(BLOCK_SAMPLES);
  #settings: ReadonlyMap<string, Setting> = new Map();
  /** Gains as of the end of the last block: the next one leads from there to its own. */
  readonly #gains = new Map<string, number>();
  #programGain = 1;
  #muted = false;
  #paused = false;
  #captured = false;
  #backing: Backing = NOBODY;
  #levelling: Levelling = UNLEVELLED;

  constructor(sources: ReadonlyMap<string, SoundSource>) {
    this.#sources = sources;
  }

  set(muted: boolean, settings: readonly ({ readonly id: string } & Setting)[]): void {
    this.#muted = muted;
    this.#settings = new Map(settings.map((setting) => [setting.id, setting]));
  }

  /** Nothing of the room is heard from the next block on, not even what was mixed already. */
  setPaused(paused: boolean): void {
    this.#paused = paused;
  }

  /** Whether microphones are open. While they are closed none is missed, and what is known of them is forgotten. */
  setCaptured(captured: boolean): void {
    this.#captured = captured;
  }

  facts(): SoundFacts {
    const [onAir, failed] = [[...this.#backing.onAir], [...this.#backing.failed]];
    return {
      loudnessLufs: tenths(this.#sent.shortTermLufs), truePeakDbtp: dbfsOf(this.#limiter.takePeak()), gainDb: tenths(this.#levelling.gainDb),
      captured: this.#captured, onAir, failed,
    };
  }

  /** The block of number `index`, on air from `tickMs` on: interleaved s16le. */
  tick(index: number, tickMs: number): Int16Array {
    this.#mixSources(tickMs);
    if (this.#paused) this.#silence();
    else this.#finish(index);
    this.meter.add(this.#mix);
    this.#sent.add(this.#mix);
    return interleaved(this.#mix);
  }

  #mixSources(tickMs: number): void {
    this.#mix.left.fill(0);
    this.#mix.right.fill(0);
    this.#backing = next(this.#captured ? this.#backing : NOBODY, this.#hearing(), tickMs);
    for (const [id, { input }] of this.#sources) {
      // Every source is ticked, on air or not: it must be where the program is when it comes on.
      input.tick(this.#block, tickMs);
      const before = this.#gains.get(id) ?? 0;
      const gain = this.#gainOf(id);
      this.#gains.set(id, gain);
      addRamped(this.#mix, this.#block, before, gain);
    }
  }

  #hearing(): Parameters<typeof next>[1] {
    return [...this.#sources].map(([id, { input, backup, needed }]) => ({ id, backup, needed, muted: this.#settings.get(id)?.muted ?? false, well: input.isWell() }));
  }

  #gainOf(id: string): number {
    const { muted, gainDb } = this.#settings.get(id) ?? { muted: false, gainDb: 0 };
    return muted || this.#muted || !this.#backing.onAir.includes(id) ? 0 : 10 ** (gainDb / 20);
  }

  #finish(index: number): void {
    this.#heard.add(this.#mix);
    if (index % LEVEL_EVERY_BLOCKS === 0) this.#levelling = level(this.#levelling, this.#heard.momentaryLufs, (LEVEL_EVERY_BLOCKS * BLOCK_MS) / 1_000);
    const gain = 10 ** (this.#levelling.gainDb / 20);
    ramp(this.#mix, this.#programGain, gain);
    this.#programGain = gain;
    this.#limiter.apply(this.#mix);
  }

  #silence(): void {
    this.#mix.left.fill(0);
    this.#mix.right.fill(0);
    this.#limiter.clear();
    // Sound comes back as it begins: from nothing.
    for (const id of this.#gains.keys()) this.#gains.set(id, 0);
  }
}

function stereo(): Stereo {
  return { left: new Float32Array(BLOCK_SAMPLES), right: new Float32Array(BLOCK_SAMPLES) };
}

/** Adds `block` with a gain that leads from one value to the other: no step, no click. */
function addRamped(mix: Stereo, block: Stereo, from: number, to: number): void {
  if (from === 0 && to === 0) return;
  const step = (to - from) / BLOCK_SAMPLES;
  let gain = from;
  for (let index = 0; index < BLOCK_SAMPLES; index += 1) {
    gain += step;
    mix.left[index] = (mix.left[index] as number) + (block.left[index] as number) * gain;
    mix.right[index] = (mix.right[index] as number) + (block.right[index] as number) * gain;
  }
}

function ramp({ left, right }: Stereo, from: number, to: number): void {
  if (from === 1 && to === 1) return;
  const step = (to - from) / BLOCK_SAMPLES;
  let gain = from;
  for (let index = 0; index < BLOCK_SAMPLES; index += 1) {
    gain += step;
    left[index] = (left[index] as number) * gain;
    right[index] = (right[index] as number) * gain;
  }
}

function interleaved({ left, right }: Stereo): Int16Array {
  const out = new Int16Array(BLOCK_SAMPLES * 2);
  for (let index = 0; index < BLOCK_SAMPLES; index += 1) {
    out[index * 2] = whole(left[index] as number);
    out[index * 2 + 1] = whole(right[index] as number);
  }
  return out;
}

function whole(sample: number): number {
  return Math.max(-FULL_SCALE, Math.min(FULL_SCALE, Math.round(sample * FULL_SCALE)));
}

const tenths = (value: number): number => Math.round(value * 10) / 10;
