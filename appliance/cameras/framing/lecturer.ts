import { type Filtered, filtered, firstValue, type OneEuroTuning } from './one-euro.ts';
import type { Direction } from './optics.ts';

/** One person as seen at an instant, in degrees of the room: neither the camera's motion nor its zoom is in it. */
export interface Sighting extends Direction {
  readonly atMs: number;
  /** From the face to the shoulders, degrees. */
  readonly sizeDeg: number;
}

/** Whom the camera follows. One person: who appears elsewhere, or in another size, has to stay before he is believed. */
export interface Lecturer {
  readonly pan: Filtered;
  readonly tilt: Filtered;
  readonly sizeDeg: number;
  readonly seenAtMs: number;
  /** Sightings in a row that fit each other and not the lecturer. */
  readonly other: { readonly last: Sighting; readonly count: number } | null;
}

/** Directions of a person who walks: at 6 degrees a second the cut-off is near 2 Hz. */
const TUNING: OneEuroTuning = { minCutoffHz: 0.7, beta: 0.25, rateCutoffHz: 0.5 };
/** Nobody crosses a room faster, seen from its back. */
const FASTEST_DEG_PER_S = 35;
/** A person's size hardly changes from one picture to the next. */
const SIZE_RATIO_MAX = 1.8;
/** So many sightings in a row make another person, or the same one after a jump, the lecturer: about half a second. */
const SWITCH_AFTER = 4;
/** One picture alone may be a mistake. */
const FOUND_AFTER = 2;
const SIZE_WEIGHT = 0.15;

/** The lecturer after one more sighting; null until somebody was seen twice in the same place. */
export type Found = { readonly kind: 'nobody'; readonly maybe: { readonly last: Sighting; readonly count: number } | null } | { readonly kind: 'lecturer'; readonly lecturer: Lecturer };

export const NOBODY: Found = { kind: 'nobody', maybe: null };

export function saw(found: Found, sighting: Sighting): Found {
  if (found.kind === 'nobody') {
    const maybe = counted(found.maybe, sighting);
    return maybe.count >= FOUND_AFTER ? { kind: 'lecturer', lecturer: newLecturer(sighting) } : { kind: 'nobody', maybe };
  }
  const { lecturer } = found;
  if (fits(whereAt(lecturer, sighting.atMs), lecturer.sizeDeg, sighting, sighting.atMs - lecturer.seenAtMs)) return { kind: 'lecturer', lecturer: followed(lecturer, sighting) };
  const other = counted(lecturer.other, sighting);
  return { kind: 'lecturer', lecturer: other.count >= SWITCH_AFTER ? newLecturer(sighting) : { ...lecturer, other } };
}

/** Where he is at an instant, if he goes on as he went. */
export function whereAt({ pan, tilt }: Lecturer, atMs: number): Direction {
  return { panDeg: pan.value + (pan.rate * (atMs - pan.atMs)) / 1000, tiltDeg: tilt.value + (tilt.rate * (atMs - tilt.atMs)) / 1000 };
}

function newLecturer({ panDeg, tiltDeg, sizeDeg, atMs }: Sighting): Lecturer {
  return { pan: firstValue(panDeg, atMs), tilt: firstValue(tiltDeg, atMs), sizeDeg, seenAtMs: atMs, other: null };
}

function followed(lecturer: Lecturer, { panDeg, tiltDeg, sizeDeg, atMs }: Sighting): Lecturer {
  return {
    pan: filtered(lecturer.pan, panDeg, atMs, TUNING),
    tilt: filtered(lecturer.tilt, tiltDeg, atMs, TUNING),
    sizeDeg: lecturer.sizeDeg + (sizeDeg - lecturer.sizeDeg) * SIZE_WEIGHT,
    seenAtMs: Math.max(atMs, lecturer.seenAtMs),
    other: null,
  };
}

function counted(before: { last: Sighting; count: number } | null, sighting: Sighting): { last: Sighting; count: number } {
  const again = before !== null && fits(before.last, before.last.sizeDeg, sighting, sighting.atMs - before.last.atMs);
  return { last: sighting, count: again ? before.count + 1 : 1 };
}

function fits(where: Direction, sizeDeg: number, sighting: Sighting, elapsedMs: number): boolean {
  const ratio = sighting.sizeDeg / sizeDeg;
  if (ratio > SIZE_RATIO_MAX || ratio < 1 / SIZE_RATIO_MAX) return false;
  const reach = sizeDeg + (FASTEST_DEG_PER_S * Math.max(0, elapsedMs)) / 1000;
  return Math.hypot(sighting.panDeg - where.panDeg, sighting.tiltDeg - where.tiltDeg) <= reach;
}
