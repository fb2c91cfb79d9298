import type { FractionRect } from '#appliance/contract/layout.ts';
import type { Rect, Size } from './i420.ts';

export type Fit = 'contain' | 'cover';

/** Chroma has half the resolution: everything lies on even pixels. */
export function even(value: number): number {
  return Math.round(value / 2) * 2;
}

/**
 * Where the device's own picture lies in the raster that captures are brought to: scaled as a whole and padded (see
 * `sources/arguments.ts`). Everything where the device's size is not known yet.
 */
export function pictureArea(native: Size, raster: Size): Rect {
  if (native.width <= 0 || native.height <= 0) return { x: 0, y: 0, ...raster };
  const { width, height } = scaledInto(native, raster);
  return { x: evenBelow((raster.width - width) / 2), y: evenBelow((raster.height - height) / 2), width, height };
}

/** As FFmpeg's `pad` rounds: two columns beside the picture would be a dark line at the edge of its tile. */
function evenBelow(value: number): number {
  return Math.floor(value / 2) * 2;
}

/** Which part of `picture` goes where in `rect`, with square pixels whatever the shapes. */
export function fitted(picture: Rect, rect: Rect, fit: Fit): { rect: Rect; crop: Rect } {
  if (fit === 'cover') return { rect, crop: placed(scaledInto(rect, picture), picture) };
  return { rect: placed(scaledInto(picture, rect), rect), crop: picture };
}

/** A rectangle of fractions in pixels of `of`. */
export function pixelRect({ x, y, width, height }: FractionRect, of: Rect): Rect {
  const left = even(of.x + x * of.width);
  const top = even(of.y + y * of.height);
  const right = Math.min(of.x + of.width, even(of.x + (x + width) * of.width));
  const bottom = Math.min(of.y + of.height, even(of.y + (y + height) * of.height));
  return { x: Math.min(left, right - 2), y: Math.min(top, bottom - 2), width: Math.max(2, right - left), height: Math.max(2, bottom - top) };
}

/** The largest size of the shape of `shape` that fits into `into`. */
function scaledInto(shape: Size, into: Size): Size {
  const scale = Math.min(into.width / shape.width, into.height / shape.height);
  return { width: Math.max(2, even(shape.width * scale)), height: Math.max(2, even(shape.height * scale)) };
}

function placed(size: Size, inside: Rect): Rect {
  const width = Math.min(size.width, inside.width);
  const height = Math.min(size.height, inside.height);
  return { x: inside.x + even((inside.width - width) / 2), y: inside.y + even((inside.height - height) / 2), width, height };
}
