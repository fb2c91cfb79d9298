import { align, type Alignment, type Timing, UNALIGNED } from './alignment.ts';
import type { PictureInput } from './picture-input.ts';
import type { GateSource } from './protocol.ts';
import type { SoundInput } from './sound/sound-input.ts';
import { MIXER_DELAY_MS } from './sound/sound-program.ts';

export const ALIGN_EVERY_MS = 500;

export interface AlignerParts {
  readonly sources: readonly GateSource[];
  readonly pictures: ReadonlyMap<string, PictureInput>;
  readonly sounds: ReadonlyMap<string, SoundInput>;
  /** From one picture of the program to the next. */
  readonly frameMs: number;
}

/** Keeps the inputs where {@link align} wants them, twice a second. */
export class Aligner {
  readonly #parts: AlignerParts;
  readonly #latencies = new Map<string, number>();
  /** What a person, or the room's configuration, adds for each sound. */
  readonly #delays: Map<string, number>;
  #alignment: Alignment = UNALIGNED;
  #steady = false;

  constructor(parts: AlignerParts) {
    this.#parts = parts;
    this.#delays = new Map(parts.sources.map(({ id, delayMs }) => [id, delayMs]));
    this.#apply();
  }

  /** How old the program is when it is shown, ms. */
  get programMs(): number {
    return this.#alignment.programMs;
  }

  heardLatency(id: string, latencyMs: number): void {
    this.#latencies.set(id, latencyMs);
  }

  /** While a class is captured nothing is moved but slowly. */
  setSteady(steady: boolean): void {
    this.#steady = steady;
  }

  setDelay(id: string, delayMs: number): void {
    if (this.#delays.get(id) === delayMs) return;
    this.#delays.set(id, delayMs);
    this.#apply();
  }

  step(): void {
    const { sources, frameMs } = this.#parts;
    this.#alignment = align(this.#alignment, sources.flatMap((source) => this.#timingOf(source) ?? []), { steady: this.#steady, seconds: ALIGN_EVERY_MS / 1_000, frameMs });
    this.#apply();
  }

  #apply(): void {
    for (const [id, input] of this.#parts.pictures) input.setHold(this.#alignment.holds[id] ?? 0);
    for (const [id, input] of this.#parts.sounds) {
      input.setHold((this.#alignment.holds[id] ?? UNALIGNED.programMs) - MIXER_DELAY_MS + (this.#delays.get(id) ?? 0));
    }
  }

  #timingOf({ id, media, kind }: GateSource): Timing | null {
    const latencyMs = this.#latencies.get(id) ?? null;
    const picture = this.#parts.pictures.get(id);
    const sound = this.#parts.sounds.get(id);
    if (media === 'sound') {
      // What was measured is the usual packet; what is held is counted from the earliest.
      return { id, kind: 'sound', latencyMs: latencyMs === null ? null : latencyMs - (sound?.usualLatenessMs ?? 0), waitMs: null, live: sound?.isWell() ?? false, gaps: sound?.takeGaps() ?? 0 };
    }
    if (picture === undefined) return null;
    return { id, kind: kind === 'camera' ? 'camera' : 'picture', latencyMs, waitMs: picture.waitMs, live: !picture.isStalled(), gaps: 0 };
  }
}
