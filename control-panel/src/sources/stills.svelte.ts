import type { State } from '#appliance/contract/state.ts';
import { pause } from '#kit/ui/time/pause.ts';
import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import type { BoxClient } from '../link/box-client.ts';
import { takePart } from '../picture/still.ts';
import { type Tile, uncovered } from './uncovered.ts';

const FREE_EVERY_MS = 2_000;
const FIRST_MS = 200;
/** A picture that is not on air costs the box a JPEG. */
const ASK_EVERY_MS = 10_000;

/** A small picture of each source: cut from the program where it is on air, asked of the box where it is not. */
export class Stills {
  readonly #pictures = new SvelteMap<string, string>();
  #askedAt: Readonly<Record<string, number>> = {};
  #layout = '';

  of(source: string): string | null {
    return this.#pictures.get(source) ?? null;
  }

  /**
   * While somebody looks. `state` answers null while nothing is known. Started from an effect, it does not make that effect depend on the
   * state: it would be begun anew with each one, and what it has asked of the box be given up before the answer.
   */
  run(box: BoxClient, state: () => State | null, signal: AbortSignal): Promise<void> {
    return untrack(() => this.#keepLooking(box, state, signal));
  }

  async #keepLooking(box: BoxClient, state: () => State | null, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = state();
      if (now !== null) await this.#look(box, now, signal);
      await pause(now === null ? FIRST_MS : FREE_EVERY_MS, signal);
    }
  }

  async #look(box: BoxClient, state: State, signal: AbortSignal): Promise<void> {
    const tiles = this.#tilesOnAir(state);
    for (const { id, kind, signal: isThere } of state.sources) {
      if (kind === 'microphone' || isThere !== 'ok') {
        this.#pictures.delete(id);
        continue;
      }
      const tile = tiles.find(({ source }) => source === id);
      const cut = tile === undefined ? null : takePart(tile);
      if (cut !== null) this.#pictures.set(id, cut);
      else await this.#ask(box, id, signal);
    }
  }

  /** A layout that has just been changed is not on the screen yet, and a pause shows its card. */
  #tilesOnAir({ layout, layouts, lesson }: State): readonly Tile[] {
    const tiles = layouts.find(({ id }) => id === layout)?.tiles ?? [];
    const shown = JSON.stringify([layout, tiles, lesson.phase]);
    const settled = shown === this.#layout;
    this.#layout = shown;
    return settled && lesson.phase !== 'paused' ? uncovered(tiles) : [];
  }

  async #ask(box: BoxClient, id: string, signal: AbortSignal): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - (this.#askedAt[id] ?? -ASK_EVERY_MS) < ASK_EVERY_MS) return;
    this.#askedAt = { ...this.#askedAt, [id]: nowMs };
    // A tile without its picture still has its name.
    const picture = await box.snapshot(id, signal).catch(() => null);
    if (picture !== null) this.#pictures.set(id, picture);
  }
}
