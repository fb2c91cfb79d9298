/**
 * Which renditions are sent over a way that carries so much (pure). Sound always goes; then as many renditions as fit, from the smallest
 * up. A rendition is given up at once and comes back slowly: only after a probe has shown that there is room, and later each time that
 * it had to be given up soon again.
 */
export interface Rendition {
  readonly id: string;
  /** What it takes on the wire, measured. */
  readonly kbps: number;
}

export interface LayerState {
  /** So many of the smallest are sent. */
  readonly active: number;
  readonly raisedAtMs: number;
  readonly probeAtMs: number;
  readonly patienceMs: number;
  /** Since when not even the smallest gets through, null while it does. */
  readonly starvedSinceMs: number | null;
  /** The estimate before the last probe. */
  readonly probedFromKbps: number;
}

export interface LayerStep {
  readonly state: LayerState;
  /** Find out whether the way carries this much. */
  readonly probeKbps: number | null;
}

/** `limited`: more than this was tried and did not get through. */
export interface Carried {
  readonly kbps: number;
  readonly limited: boolean;
}

const PATIENCE_MS = 3_000;
const LONGEST_PATIENCE_MS = 30_000;
/** A rendition that lasted this long was rightly taken back. */
const LASTED_MS = 20_000;
/** Bitrates go up and down by some percent: between these two nothing changes. */
const GIVEN_UP_BELOW = 0.95;
const TAKEN_ABOVE = 1.1;
const PROBED_WITH = 1.25;
/** A probe is no more than this multiple of what is known to get through: one that fails must not fill the queue. */
const STEP = 2.5;
/** A probe that raised the estimate so much is followed by the next at once. */
const RAISED = 1.4;
/** Less than this share of the smallest rendition is no picture worth its sound. */
const SOUND_ALONE_BELOW = 0.5;
const PICTURE_ABOVE = 0.75;
/** And that for so long: a picture is not given up for a moment's stall. */
const STARVED_FOR_MS = 3_000;

export function everything(count: number): LayerState {
  return { active: count, raisedAtMs: Number.NEGATIVE_INFINITY, probeAtMs: 0, patienceMs: PATIENCE_MS, starvedSinceMs: null, probedFromKbps: Infinity };
}

/** `renditions` best first. */
export function nextLayers(state: LayerState, way: Carried, renditions: readonly Rendition[], soundKbps: number, nowMs: number): LayerStep {
  const needed = (count: number): number => renditions.slice(renditions.length - count).reduce((sum, { kbps }) => sum + kbps, soundKbps);
  if (way.limited && state.active > 1 && way.kbps < needed(state.active) * GIVEN_UP_BELOW) return { state: lowered(state, fitting(way.kbps, state.active, needed), nowMs), probeKbps: null };
  const starvedSinceMs = way.limited && way.kbps < needed(1) * SOUND_ALONE_BELOW ? (state.starvedSinceMs ?? nowMs) : null;
  if (starvedSinceMs !== null && nowMs - starvedSinceMs >= STARVED_FOR_MS && state.active > 0) return { state: lowered(state, 0, nowMs), probeKbps: null };
  return raised({ ...state, starvedSinceMs }, way, renditions.length, needed, nowMs);
}

function raised(state: LayerState, way: Carried, count: number, needed: (count: number) => number, nowMs: number): LayerStep {
  if (state.active >= count) return { state, probeKbps: null };
  const wanted = needed(state.active + 1);
  if (way.kbps >= wanted * (state.active === 0 ? PICTURE_ABOVE : TAKEN_ABOVE)) return { state: { ...state, active: state.active + 1, raisedAtMs: nowMs }, probeKbps: null };
  const probeKbps = Math.min(wanted * PROBED_WITH, way.kbps * STEP);
  const probedFromKbps = way.kbps;
  if (way.kbps >= state.probedFromKbps * RAISED) return { state: { ...state, probedFromKbps }, probeKbps };
  if (nowMs < state.probeAtMs) return { state, probeKbps: null };
  const patienceMs = Math.min(LONGEST_PATIENCE_MS, state.patienceMs * 1.5);
  return { state: { ...state, probeAtMs: nowMs + state.patienceMs, patienceMs, probedFromKbps }, probeKbps };
}

/** Fewer than before. */
function fitting(kbps: number, active: number, needed: (count: number) => number): number {
  for (let count = active - 1; count > 1; count -= 1) if (needed(count) <= kbps) return count;
  return 1;
}

function lowered(state: LayerState, active: number, nowMs: number): LayerState {
  const patienceMs = nowMs - state.raisedAtMs < LASTED_MS ? Math.min(LONGEST_PATIENCE_MS, state.patienceMs * 2) : PATIENCE_MS;
  return { active, raisedAtMs: state.raisedAtMs, probeAtMs: nowMs + patienceMs, patienceMs, starvedSinceMs: null, probedFromKbps: Infinity };
}
