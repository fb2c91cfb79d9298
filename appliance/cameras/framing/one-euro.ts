/**
 * The one-euro filter (Casiez, Roussel and Vogel, CHI 2012): smooth while the value rests, quick while it moves. Units are the value's own and
 * seconds.
 */
export interface Filtered {
  readonly value: number;
  /** Units a second, smoothed. */
  readonly rate: number;
  /** The last raw value: rates are taken from what was measured. */
  readonly raw: number;
  readonly atMs: number;
}

export interface OneEuroTuning {
  /** Cut-off at rest, Hz. */
  readonly minCutoffHz: number;
  /** How much the cut-off rises with the rate, Hz for a unit a second. */
  readonly beta: number;
  readonly rateCutoffHz: number;
}

export function firstValue(value: number, atMs: number): Filtered {
  return { value, rate: 0, raw: value, atMs };
}

/** The filter after one more measurement; one that is not newer changes nothing. */
export function filtered(before: Filtered, raw: number, atMs: number, { minCutoffHz, beta, rateCutoffHz }: OneEuroTuning): Filtered {
  const seconds = (atMs - before.atMs) / 1000;
  if (seconds <= 0) return before;
  const rate = mixed(before.rate, (raw - before.raw) / seconds, weight(rateCutoffHz, seconds));
  const value = mixed(before.value, raw, weight(minCutoffHz + beta * Math.abs(rate), seconds));
  return { value, rate, raw, atMs };
}

function weight(cutoffHz: number, seconds: number): number {
  const tau = 1 / (2 * Math.PI * cutoffHz);
  return seconds / (seconds + tau);
}

function mixed(before: number, now: number, weightOfNow: number): number {
  return before + (now - before) * weightOfNow;
}
