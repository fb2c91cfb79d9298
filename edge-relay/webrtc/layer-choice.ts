/** Which layer one viewer should have: the one asked for, or the largest that its way was measured to carry. */
import { everything, nextLayers, type LayerState } from '#kit/webrtc/congestion/layer-policy.ts';
import type { PeerStats } from '#kit/webrtc/types.ts';
import type { Layer } from '../rooms/layers.ts';

/** What the room sends just now: its layers, largest first, and what each takes on the wire. */
export interface OnOffer {
  readonly layers: readonly Layer[];
  /** Null for one that has only just begun. */
  readonly kbpsOf: (layer: string) => number | null;
  readonly soundKbps: number;
}

export interface Decision {
  /** Find out whether the way carries this much. */
  readonly probeKbps: number | null;
  /** The way is so full that nothing but sound should go before the next keyframe. */
  readonly drains: boolean;
}

const NOTHING_TO_DO: Decision = { probeKbps: null, drains: false };
/** A queue this long on the way, ms, is let run dry: what stands in it would delay everything after it. What a step down leaves there is too much already. */
const DRAINED_FROM_MS = 700;
const LEFT_OVER_MS = 250;
const DRAIN_EVERY_MS = 4_000;
const PROBE_GONE_MS = 1_500;
/** Layers of a publisher come one after the other. */
const SETTLES_MS = 5_000;

export class LayerChoice {
  /** The layer asked for in the address; null for the largest. */
  readonly #wanted: string | null;
  /** Null while everything gets through. */
  #steps: LayerState | null = null;
  /** How many layers there were at most since something was given up. */
  #most = 0;
  /** When it is known which layers another publisher has; null where that is known. */
  #settledAtMs: number | null = null;
  #drainedAtMs = Number.NEGATIVE_INFINITY;
  #probedAtMs = Number.NEGATIVE_INFINITY;

  constructor(wanted: string | null) {
    this.#wanted = wanted;
  }

  /** Something smaller than was wanted is sent: what the way carries is to be watched. */
  get isLowered(): boolean {
    return this.#steps !== null;
  }

  /** The layer to have, or null where it is sound alone, or nothing is sent. */
  target(layers: readonly Layer[]): Layer | null {
    const mine = this.#upToWanted(layers);
    const steps = this.#steps === null ? mine.length : Math.min(this.#steps.active, mine.length);
    return steps === 0 ? null : (mine[mine.length - steps] ?? null);
  }

  /** Call when the far end told something of its way. */
  decide(way: NonNullable<PeerStats['way']>, { layers, kbpsOf, soundKbps }: OnOffer, nowMs: number): Decision {
    const mine = this.#upToWanted(layers);
    if (mine.length === 0) return NOTHING_TO_DO;
    const before = this.#steps === null ? everything(mine.length) : { ...this.#steps, active: Math.min(this.#steps.active, mine.length) };
    const needsKbps = [soundKbps, ...mine.toReversed().map(({ id }) => soundKbps + (kbpsOf(id) ?? 0))];
    const { state: wanted, probeKbps } = nextLayers(before, { kbps: way.bps / 1000, limited: way.limited }, needsKbps, nowMs);
    const next = mine[mine.length - wanted.active]?.id;
    // What it takes is not known yet, so neither is whether it fits.
    const state = wanted.active > before.active && next !== undefined && kbpsOf(next) === null ? before : wanted;
    // A publisher that leaves out its largest layers for a while does not make this way any wider for when they come back.
    const isAnew = this.#steps === null || (this.#settledAtMs !== null && nowMs >= this.#settledAtMs);
    if (isAnew) this.#settledAtMs = null;
    this.#most = isAnew ? mine.length : Math.max(mine.length, this.#most);
    this.#steps = state.active < this.#most ? state : null;
    if (probeKbps !== null) this.#probedAtMs = nowMs;
    return { probeKbps, drains: this.#drains(way, state.active < before.active ? LEFT_OVER_MS : DRAINED_FROM_MS, nowMs) };
  }

  /** Another publisher, whose layers may be fewer for good. */
  publisherChanged(nowMs: number): void {
    this.#settledAtMs = nowMs + SETTLES_MS;
  }

  /** The next step up, untried: where the far end can't tell whether a probe came through. */
  tryMore(nowMs: number): void {
    if (this.#steps !== null) this.#steps = { ...this.#steps, active: this.#steps.active + 1, raisedAtMs: nowMs };
  }

  /** Not again before what was sent since has had its time; and what a probe put there goes by itself. */
  #drains(way: NonNullable<PeerStats['way']>, fromMs: number, nowMs: number): boolean {
    const waits = nowMs - this.#drainedAtMs < DRAIN_EVERY_MS || nowMs - this.#probedAtMs < PROBE_GONE_MS;
    if (waits || !way.limited || way.queueMs <= fromMs) return false;
    this.#drainedAtMs = nowMs;
    return true;
  }

  /** Nothing larger than was asked for; everything where that does not exist. */
  #upToWanted(layers: readonly Layer[]): readonly Layer[] {
    const at = layers.findIndex(({ id }) => id === this.#wanted);
    return at === -1 ? layers : layers.slice(at);
  }
}
