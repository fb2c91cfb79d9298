import type { State } from '#appliance/contract/state.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A point of a camera's own picture, in fractions from the top left. */
export interface CameraPoint {
  readonly camera: string;
  readonly x: number;
  readonly y: number;
}

/** Where a touch on the shown program (shown whole, in the middle of its box) falls in it; null beside it. */
export function pointOfProgram(touch: { readonly x: number; readonly y: number }, box: Size, program: Size): { readonly x: number; readonly y: number } | null {
  const scale = Math.min(box.width / program.width, box.height / program.height);
  const x = (touch.x - (box.width - program.width * scale) / 2) / (program.width * scale);
  const y = (touch.y - (box.height - program.height * scale) / 2) / (program.height * scale);
  return x < 0 || x > 1 || y < 0 || y > 1 ? null : { x, y };
}

/** The camera whose picture is in front there, and which of its points that is; null where it is no camera that can be moved. */
export function cameraAt(point: { readonly x: number; readonly y: number }, { layout, layouts, cameras }: Pick<State, 'layout' | 'layouts' | 'cameras'>): CameraPoint | null {
  const tiles = layouts.find(({ id }) => id === layout)?.tiles ?? [];
  const tile = tiles.findLast(({ x, y, width, height }) => point.x >= x && point.x <= x + width && point.y >= y && point.y <= y + height);
  const camera = tile === undefined ? undefined : cameras.find(({ id, source }) => (source ?? id) === tile.source);
  if (tile === undefined || camera === undefined) return null;
  return { camera: camera.id, x: (point.x - tile.x) / tile.width, y: (point.y - tile.y) / tile.height };
}

/** Nearer than this part to the magnification that two fingers ask for, the lens rests. */
const CLOSE = 0.03;
const SLOWEST = 0.12;

/** How fast to zoom so that the picture comes to the size that two fingers ask for; gentle enough for a position that is half a second old. */
export function zoomTowards(wanted: number, now: number): number {
  const apart = Math.log(wanted / now);
  if (Math.abs(apart) < CLOSE) return 0;
  return Math.sign(apart) * Math.min(1, Math.max(SLOWEST, Math.abs(apart) * 1.2));
}
