/**
 * What is sent over a way that carries so much (pure), in steps: sound alone, then with the smallest rendition, up to the best there is. A
 * publisher takes all renditions of a step along, a viewer gets the largest of it. A step is given up at once and comes back slowly: only
 * after a probe has shown that there is room, and later each time that it had to be given up soon again.
 */
export interface LayerState {
  /** The step that is sent: 0 is sound alone. */
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
const TAKEN_ABOVE = 1.05;
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

/** The best of so many renditions. */
export function everything(renditions: number): LayerState {
  return { active: renditions, raisedAtMs: Number.NEGATIVE_INFINITY, probeAtMs: 0, patienceMs: PATIENCE_MS, starvedSinceMs: null, probedFromKbps: Infinity };
}

/** @param needsKbps what each step takes on the wire, measured, from sound alone to the best */
export function nextLayers(state: LayerState, way: Carried, needsKbps: readonly number[], nowMs: number): LayerStep {
  const needed = (step: number): number => needsKbps[step] ?? 0;
  if (way.limited && state.active > 1 && way.kbps < needed(state.active) * GIVEN_UP_BELOW) return { state: lowered(state, fitting(way.kbps, state.active, needed), nowMs), probeKbps: null };
  const starvedSinceMs = way.limited && way.kbps < needed(1) * SOUND_ALONE_BELOW ? (state.starvedSinceMs ?? nowMs) : null;
  if (starvedSinceMs !== null && nowMs - starvedSinceMs >= STARVED_FOR_MS && state.active > 0) return { state: lowered(state, 0, nowMs), probeKbps: null };
  return raised({ ...state, starvedSinceMs }, way, needsKbps.length - 1, needed, nowMs);
}

function raised(state: LayerState, way: Carried, best: number, needed: (step: number) => number, nowMs: number): LayerStep {
  if (state.active >= best) return { state, probeKbps: null };
  const wanted = needed(state.active + 1);
  if (way.kbps >= wanted * (state.active === 0 ? PICTURE_ABOVE : TAKEN_ABOVE)) return { state: { ...state, active: state.active + 1, raisedAtMs: nowMs }, probeKbps: null };
  const probeKbps = Math.min(wanted * PROBED_WITH, way.kbps * STEP);
  const probedFromKbps = way.kbps;
  if (way.kbps >= state.probedFromKbps * RAISED) return { state: { ...state, probedFromKbps }, probeKbps };
  if (nowMs < state.probeAtMs) return { state, probeKbps: null };
  const patienceMs = Math.min(LONGEST_PATIENCE_MS, state.patienceMs * 1.5);
  return { state: { ...state, probeAtMs: nowMs + state.patienceMs, patienceMs, probedFromKbps }, probeKbps };
}

/** Less than before. */
function fitting(kbps: number, active: number, needed: (step: number) => number): number {
  for (let step = active - 1; step > 1; step -= 1) if (needed(step) <= kbps) return step;
  return 1;
}

function lowered(state: LayerState, active: number, nowMs: number): LayerState {
  const patienceMs = nowMs - state.raisedAtMs < LASTED_MS ? Math.min(LONGEST_PATIENCE_MS, state.patienceMs * 2) : PATIENCE_MS;
  return { active, raisedAtMs: state.raisedAtMs, probeAtMs: nowMs + patienceMs, patienceMs, starvedSinceMs: null, probedFromKbps: Infinity };
}
