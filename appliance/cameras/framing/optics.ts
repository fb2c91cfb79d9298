/** A point in a picture, fractions from its top left. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where something is, as the pan and tilt that would centre it. */
export interface Direction {
  readonly panDeg: number;
  readonly tiltDeg: number;
}

/** Where a head looks, and how near. */
export interface HeadFix extends Direction {
  readonly atMs: number;
  /** Magnification, 1 is wide. */
  readonly zoom: number;
}

/** What a lens sees. */
export interface Lens {
  /** Across the picture at magnification 1. */
  readonly fieldOfViewDeg: number;
  /** Width by height of the picture. */
  readonly aspect: number;
}

const RADIANS = Math.PI / 180;

/** Degrees across and down the picture at this magnification. */
export function frameDeg(lens: Lens, zoom: number): { across: number; down: number } {
  const half = halfWidth(lens, zoom);
  return { across: (2 * Math.atan(half)) / RADIANS, down: (2 * Math.atan(half / lens.aspect)) / RADIANS };
}

/** The direction of a point in the picture that a head took from there. A small angle's worth: pan and tilt are taken apart. */
export function directionOf(point: Point, from: HeadFix, lens: Lens): Direction {
  const half = halfWidth(lens, from.zoom);
  return {
    panDeg: from.panDeg + Math.atan((2 * point.x - 1) * half) / RADIANS,
    tiltDeg: from.tiltDeg - Math.atan(((2 * point.y - 1) * half) / lens.aspect) / RADIANS,
  };
}

/** How far above the middle of the picture `y` is, degrees. */
export function aboveMiddleDeg(y: number, zoom: number, lens: Lens): number {
  return Math.atan(((1 - 2 * y) * halfWidth(lens, zoom)) / lens.aspect) / RADIANS;
}

/** Half the picture's width at distance 1. */
function halfWidth({ fieldOfViewDeg }: Lens, zoom: number): number {
  return Math.tan((fieldOfViewDeg / 2) * RADIANS) / zoom;
}
