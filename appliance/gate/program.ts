import type { SoundSetting } from '#appliance/contract/sound.ts';
import type { Composer } from './compose.ts';
import type { Frame } from './frames.ts';
import type { Layout } from './layout.ts';
import { LevelMeter } from './level-meter.ts';
import type { OutputItem } from './output.ts';
import type { PictureInput } from './picture-input.ts';
import type { SoundInput } from './sound-input.ts';

/** Sound goes in blocks of this length: what an Opus packet holds. */
export const BLOCK_MS = 20;
export const BLOCK_SAMPLES = 960;

export interface Sink {
  write(item: OutputItem): void;
}

/** Cards shown in place of a picture. They may be replaced while the program runs. */
export interface Slates {
  readonly lost: Map<string, Frame>;
  card: Frame;
  paused: Frame;
}

export interface ProgramParts {
  readonly pictures: ReadonlyMap<string, PictureInput>;
  readonly sounds: ReadonlyMap<string, SoundInput>;
  readonly slates: Slates;
  readonly composer: Composer;
  readonly video: Sink;
  readonly audio: Sink;
}

/** What goes on air: one frame and one block of sound at each tick, whatever the sources do. */
export class Program {
  readonly meter = new LevelMeter();
  readonly #parts: ProgramParts;
  #layout: Layout;
  #gains = new Map<string, number>();
  #paused = false;

  constructor(parts: ProgramParts, layout: Layout) {
    this.#parts = parts;
    this.#layout = layout;
  }

  /** Takes effect with the next frame. */
  setLayout(layout: Layout): void {
    this.#layout = layout;
  }

  setSound(muted: boolean, sources: readonly ({ readonly id: string } & SoundSetting)[]): void {
    this.#gains = new Map(sources.map((source) => [source.id, muted || source.muted ? 0 : 10 ** (source.gainDb / 20)]));
    for (const { id, delayMs } of sources) this.#parts.sounds.get(id)?.setDelay(delayMs);
  }

  setPaused(paused: boolean): void {
    this.#paused = paused;
  }

  tickPicture(index: number): void {
    const shown = new Map<string, Frame>();
    // Every input is ticked, on air or not: its queue must move on.
    for (const [id, input] of this.#parts.pictures) shown.set(id, input.tick() ?? this.#slateOf(id));
    const frame = this.#paused
      ? this.#parts.slates.paused.hold()
      : this.#parts.composer.compose(this.#layout, (id) => shown.get(id) ?? this.#parts.slates.card);
    this.#parts.video.write({ bytes: frame.bytes, index, count: 1, done: () => frame.release() });
  }

  tickSound(index: number): void {
    const program = new Int16Array(BLOCK_SAMPLES * 2);
    const block = new Int16Array(BLOCK_SAMPLES * 2);
    for (const [id, input] of this.#parts.sounds) {
      input.tick(block);
      if (!this.#paused) mix(program, block, this.#gains.get(id) ?? 1);
    }
    this.meter.add(program);
    const bytes = new Uint8Array(program.buffer);
    this.#parts.audio.write({ bytes, index: index * BLOCK_SAMPLES, count: BLOCK_SAMPLES, done: () => undefined });
  }

  #slateOf(id: string): Frame {
    return this.#parts.slates.lost.get(id) ?? this.#parts.slates.card;
  }
}

/** Adds `block` to `program` with the gain; what would exceed full scale is held there. */
export function mix(program: Int16Array, block: Int16Array, gain: number): void {
  if (gain === 0) return;
  for (let at = 0; at < block.length; at += 1) {
    const sum = (program[at] as number) + Math.round((block[at] as number) * gain);
    program[at] = Math.max(-32_768, Math.min(32_767, sum));
  }
}
