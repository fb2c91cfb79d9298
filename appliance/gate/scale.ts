import type { Rect } from './i420.ts';
import { type Axis, axis, resamplePlane } from './polyphase.ts';

/** A rectangle of one plane, in bytes of that plane. `offset` is where the plane begins in `bytes`. */
export interface PlaneArea {
  readonly bytes: Buffer;
  readonly offset: number;
  readonly stride: number;
  readonly area: Rect;
}

/** Two bytes of every four: pairs of pixels are added without one running over into the next. */
const EVEN = 0x00ff00ff;

/** Ratios that are kept: those of a few layouts. */
const AXES_MAX = 64;

/** Draws planes into others. A half and a quarter, which insets have, are quickest. */
export class Scaler {
  readonly #axes = new Map<string, Axis>();

  /** Draws `from` into `to`: copied where the sizes are equal, else scaled. */
  draw(from: PlaneArea, to: PlaneArea): void {
    drawPlane(from, to, (before, after) => this.#axisOf(before, after));
  }

  #axisOf(from: number, to: number): Axis {
    const key = `${from}:${to}`;
    const known = this.#axes.get(key);
    if (known !== undefined) return known;
    if (this.#axes.size >= AXES_MAX) this.#axes.clear();
    const made = axis(from, to);
    this.#axes.set(key, made);
    return made;
  }
}

function drawPlane(from: PlaneArea, to: PlaneArea, axisOf: (from: number, to: number) => Axis): void {
  const across = from.area.width / to.area.width;
  const down = from.area.height / to.area.height;
  if (across === 1 && down === 1) copyPlane(from, to);
  else if (across === 2 && down === 2 && isAligned(from, 4) && isAligned(to, 2)) halvePlane(from, to);
  else if (across === 4 && down === 4 && isAligned(from, 4)) quarterPlane(from, to);
  else if (across >= 2 && down >= 2 && isAligned(from, 4) && from.area.height % 2 === 0) resamplePlane(halved(from), to, axisOf);
  else resamplePlane(from, to, axisOf);
}

/** Much smaller is made in two steps: three quarters of the pixels go the quick way. */
function halved(from: PlaneArea): PlaneArea {
  const width = from.area.width / 2;
  const height = from.area.height / 2;
  // Rows of whole words, which the second step reads.
  const stride = Math.ceil(width / 4) * 4;
  const half = { bytes: Buffer.allocUnsafeSlow(stride * height), offset: 0, stride, area: { x: 0, y: 0, width, height } };
  halvePlane(from, half);
  return half;
}

function startOf({ offset, stride, area }: PlaneArea): number {
  return offset + area.y * stride + area.x;
}

function isAligned(plane: PlaneArea, bytes: number): boolean {
  const start = plane.bytes.byteOffset + startOf(plane);
  return start % bytes === 0 && plane.stride % bytes === 0 && plane.area.width % bytes === 0;
}

function copyPlane(from: PlaneArea, to: PlaneArea): void {
  const { width, height } = to.area;
  let source = startOf(from);
  let target = startOf(to);
  if (width === from.stride && width === to.stride) {
    from.bytes.copy(to.bytes, target, source, source + width * height);
    return;
  }
  for (let row = 0; row < height; row += 1) {
    from.bytes.copy(to.bytes, target, source, source + width);
    source += from.stride;
    target += to.stride;
  }
}

/** Two rows of four pixels make two, in 32-bit words. */
function halvePlane(from: PlaneArea, to: PlaneArea): void {
  const source = new Uint32Array(from.bytes.buffer, from.bytes.byteOffset + startOf(from), ((from.area.height - 1) * from.stride + from.area.width) >> 2);
  const target = new Uint16Array(to.bytes.buffer, to.bytes.byteOffset + startOf(to), ((to.area.height - 1) * to.stride + to.area.width) >> 1);
  const words = from.area.width >> 2;
  const sourceStride = from.stride >> 2;
  const targetStride = to.stride >> 1;
  for (let row = 0; row < to.area.height; row += 1) {
    const top = row * 2 * sourceStride;
    const bottom = top + sourceStride;
    const out = row * targetStride;
    for (let word = 0; word < words; word += 1) {
      const a = source[top + word] as number;
      const b = source[bottom + word] as number;
      const sums = (a & EVEN) + ((a >>> 8) & EVEN) + (b & EVEN) + ((b >>> 8) & EVEN) + 0x00020002;
      target[out + word] = ((sums >>> 2) & 0xff) | ((sums >>> 10) & 0xff00);
    }
  }
}

/** Four rows of four pixels make one. */
function quarterPlane(from: PlaneArea, to: PlaneArea): void {
  const source = new Uint32Array(from.bytes.buffer, from.bytes.byteOffset + startOf(from), ((from.area.height - 1) * from.stride + from.area.width) >> 2);
  const stride = from.stride >> 2;
  const { width, height } = to.area;
  for (let row = 0; row < height; row += 1) {
    let at = row * 4 * stride;
    const out = startOf(to) + row * to.stride;
    for (let column = 0; column < width; column += 1, at += 1) {
      const a = source[at] as number;
      const b = source[at + stride] as number;
      const c = source[at + 2 * stride] as number;
      const d = source[at + 3 * stride] as number;
      const sums =
        (a & EVEN) + ((a >>> 8) & EVEN) + (b & EVEN) + ((b >>> 8) & EVEN) + (c & EVEN) + ((c >>> 8) & EVEN) + (d & EVEN) + ((d >>> 8) & EVEN);
      to.bytes[out + column] = ((sums & 0xffff) + (sums >>> 16) + 8) >> 4;
    }
  }
}
