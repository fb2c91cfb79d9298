import type { Rect } from './i420.ts';

/** A rectangle of one plane, in bytes of that plane. `offset` is where the plane begins in `bytes`. */
export interface PlaneArea {
  readonly bytes: Buffer;
  readonly offset: number;
  readonly stride: number;
  readonly area: Rect;
}

/** Two bytes of every four: pairs of pixels are added without one running over into the next. */
const EVEN = 0x00ff00ff;

/** Draws `from` into `to`: copied where the sizes are equal, else the average of the pixels that each new pixel covers. */
export function scalePlane(from: PlaneArea, to: PlaneArea): void {
  const across = from.area.width / to.area.width;
  const down = from.area.height / to.area.height;
  if (across === 1 && down === 1) copyPlane(from, to);
  else if (across === 2 && down === 2 && isAligned(from, 4) && isAligned(to, 2)) halvePlane(from, to);
  else if (across === 4 && down === 4 && isAligned(from, 4)) quarterPlane(from, to);
  else averagePlane(from, to);
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

/** Any ratio. An enlarged picture repeats pixels: that is what a crop of a camera looks like anyway. */
function averagePlane(from: PlaneArea, to: PlaneArea): void {
  const columns = spans(from.area.width, to.area.width);
  const rows = spans(from.area.height, to.area.height);
  const { width, height } = to.area;
  for (let row = 0; row < height; row += 1) {
    const top = rows[row] as number;
    const bottom = Math.max(top + 1, rows[row + 1] as number);
    const out = startOf(to) + row * to.stride;
    for (let column = 0; column < width; column += 1) {
      const left = columns[column] as number;
      const right = Math.max(left + 1, columns[column + 1] as number);
      to.bytes[out + column] = meanOf(from, left, top, right, bottom);
    }
  }
}

function spans(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to + 1 }, (_, index) => Math.floor((index * from) / to));
}

function meanOf(from: PlaneArea, left: number, top: number, right: number, bottom: number): number {
  const start = startOf(from);
  let sum = 0;
  for (let y = top; y < bottom; y += 1) {
    const line = start + y * from.stride;
    for (let x = left; x < right; x += 1) sum += from.bytes[line + x] as number;
  }
  const count = (right - left) * (bottom - top);
  return Math.floor((sum + count / 2) / count);
}
