/**
 * A slow encoder may begin a stretch with every item it is given, and its socket holds dozens of blocks of sound: each must still be
 * known when its packet comes out.
 */
const STRETCHES_MAX = 64;

/**
 * Where an encoder's output belongs in the program. FFmpeg counts what it was given from 0; the gate says which frame (or sample)
 * of the program each stretch of that count began with.
 */
export class Placement {
  /** Newest last. */
  #stretches: { readonly position: number; readonly index: number }[] = [];

  get isKnown(): boolean {
    return this.#stretches.length > 0;
  }

  place(position: number, index: number): void {
    this.#stretches = [...this.#stretches.slice(1 - STRETCHES_MAX), { position, index }];
  }

  /** The program's index of what was given as `position`; before the first stretch (an encoder's priming) it is counted backwards. */
  indexOf(position: number): number {
    const stretch = this.#stretches.findLast((candidate) => candidate.position <= position) ?? this.#stretches[0];
    return stretch === undefined ? position : stretch.index + position - stretch.position;
  }
}
