import { type Art, type Composer, NO_ART } from './compose.ts';
import type { Frame } from './frames.ts';
import type { Layout } from './layout.ts';
import type { OutputItem } from './output.ts';
import type { PictureInput } from './picture-input.ts';
import { BLOCK_SAMPLES, type SoundProgram } from './sound/sound-program.ts';

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
  readonly sound: SoundProgram;
  readonly slates: Slates;
  readonly composer: Composer;
  readonly video: Sink;
  readonly audio: Sink;
}

/** What goes on air: one frame and one block of sound at each tick, whatever the sources do. */
export class Program {
  readonly #parts: ProgramParts;
  #layout: Layout;
  #art: Art = NO_ART;
  #paused = false;

  constructor(parts: ProgramParts, layout: Layout) {
    this.#parts = parts;
    this.#layout = layout;
  }

  /** Takes effect with the next frame. */
  show(layout: Layout, art: Art): void {
    this.#layout = layout;
    this.#art = art;
  }

  setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#parts.sound.setPaused(paused);
  }

  /** `tickMs` is the instant that the frame is of, on the gate's clock. */
  tickPicture(index: number, tickMs: number): void {
    const shown = new Map<string, Frame>();
    // Every input is ticked, on air or not: its queue must move on.
    for (const [id, input] of this.#parts.pictures) shown.set(id, input.tick(tickMs) ?? this.#slateOf(id));
    const frame = this.#paused
      ? this.#parts.slates.paused.hold()
      : this.#parts.composer.compose(this.#layout, (id) => shown.get(id) ?? this.#parts.slates.card, this.#art);
    this.#parts.video.write({ bytes: frame.bytes, index, count: 1, done: () => frame.release() });
  }

  tickSound(index: number, tickMs: number): void {
    const bytes = new Uint8Array(this.#parts.sound.tick(index, tickMs).buffer);
    this.#parts.audio.write({ bytes, index: index * BLOCK_SAMPLES, count: BLOCK_SAMPLES, done: () => undefined });
  }

  #slateOf(id: string): Frame {
    return this.#parts.slates.lost.get(id) ?? this.#parts.slates.card;
  }
}
