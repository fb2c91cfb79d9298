import type { OnAirMoves } from '../../contract/cameras.ts';
import type { LayoutSummary } from '../../contract/layout.ts';
import type { Velocity } from '../ptz-camera.ts';

/** What students see of the room's pictures. */
export interface ProgramSight {
  /** Whether a class is live: what nobody watches may move as it likes. */
  readonly live: boolean;
  readonly layout: string;
  readonly layouts: readonly Pick<LayoutSummary, 'id' | 'tiles'>[];
}

/** The sources in the picture that students see now. */
export function sourcesOnAir({ live, layout, layouts }: ProgramSight): readonly string[] {
  return live ? sourcesIn(layout, layouts) : [];
}

export function sourcesIn(layout: string, layouts: ProgramSight['layouts']): readonly string[] {
  return [...new Set(layouts.find(({ id }) => id === layout)?.tiles.map(({ source }) => source) ?? [])];
}

/** How a camera may move now. */
export function movesNow(setting: OnAirMoves, onAir: boolean): OnAirMoves {
  return onAir ? setting : 'free';
}

/** A part of full speed: what an audience bears to watch. */
export const SMOOTH_SPEED = 0.35;
/** From rest to that in about a second. */
const SLEW_PER_S = 0.35;

/** The next velocity on the way from one to another, neither faster nor more suddenly than eyes follow; stopping is at once. */
export function smoothed(from: Velocity, wanted: Velocity, elapsedMs: number): Velocity {
  const step = (SLEW_PER_S * elapsedMs) / 1_000;
  const towards = (now: number, goal: number): number => {
    const held = Math.max(-SMOOTH_SPEED, Math.min(SMOOTH_SPEED, goal));
    return held === 0 ? 0 : now + Math.max(-step, Math.min(step, held - now));
  };
  return { pan: towards(from.pan, wanted.pan), tilt: towards(from.tilt, wanted.tilt), zoom: towards(from.zoom, wanted.zoom) };
}
