import type { HeadFix } from './optics.ts';

/** Where a head was over the last seconds: what the camera said, carried on by what it was told in between. */
export interface HeadTrack {
  readonly fixes: readonly HeadFix[];
  /** What the camera last said, and when that was new. */
  readonly said: HeadFix | null;
}

export interface Rates {
  readonly panDegPerS: number;
  readonly tiltDegPerS: number;
}

export const NO_TRACK: HeadTrack = { fixes: [], said: null };

const KEPT_MS = 3_000;
/** Cameras are asked some five times a second while they move: a position is about this old when it is read. */
const SAID_AGE_MS = 60;
/** A camera that says nothing new for so long does not move, whatever it was told. */
const STALE_MS = 700;

/** The track after a look at the camera's state; `rates` is what it was told to do since the last look. */
export function looked(track: HeadTrack, says: Omit<HeadFix, 'atMs'>, nowMs: number, rates: Rates): HeadTrack {
  const isNew = track.said === null || differs(track.said, says);
  const said = isNew ? { ...says, atMs: nowMs } : track.said;
  const fix = isNew ? moved({ ...says, atMs: nowMs - SAID_AGE_MS }, rates, nowMs) : carriedOn(track, said, rates, nowMs);
  return { fixes: [...track.fixes.filter(({ atMs }) => nowMs - atMs <= KEPT_MS), fix], said };
}

/** Where the head was at an instant; null before the first look. */
export function fixAt({ fixes }: HeadTrack, atMs: number): HeadFix | null {
  const after = fixes.findIndex((fix) => fix.atMs >= atMs);
  if (after <= 0) return fixes.at(after) ?? null;
  const [before, next] = [fixes[after - 1], fixes[after]];
  return before === undefined || next === undefined ? null : between(before, next, atMs);
}

function carriedOn({ fixes }: HeadTrack, said: HeadFix, rates: Rates, nowMs: number): HeadFix {
  const last = fixes.at(-1);
  if (last === undefined || nowMs - said.atMs > STALE_MS) return { ...said, atMs: nowMs };
  return moved(last, rates, nowMs);
}

function moved(fix: HeadFix, { panDegPerS, tiltDegPerS }: Rates, nowMs: number): HeadFix {
  const seconds = (nowMs - fix.atMs) / 1000;
  return { ...fix, atMs: nowMs, panDeg: fix.panDeg + panDegPerS * seconds, tiltDeg: fix.tiltDeg + tiltDegPerS * seconds };
}

function between(a: HeadFix, b: HeadFix, atMs: number): HeadFix {
  const part = (atMs - a.atMs) / (b.atMs - a.atMs);
  const mix = (from: number, to: number): number => from + (to - from) * part;
  return { atMs, panDeg: mix(a.panDeg, b.panDeg), tiltDeg: mix(a.tiltDeg, b.tiltDeg), zoom: mix(a.zoom, b.zoom) };
}

function differs(a: Omit<HeadFix, 'atMs'>, b: Omit<HeadFix, 'atMs'>): boolean {
  return a.panDeg !== b.panDeg || a.tiltDeg !== b.tiltDeg || a.zoom !== b.zoom;
}
