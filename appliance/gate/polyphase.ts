import type { PlaneArea } from './scale.ts';

/** What each new pixel is made of along one axis: `taps` neighbours from `first[i]` on, with weights that add up to 256. */
export interface Axis {
  readonly taps: number;
  readonly first: Int32Array;
  readonly weights: Int32Array;
}

/** Two bytes of every four: pairs of pixels are added without one running over into the next. */
const EVEN = 0x00ff00ff;
const HALF = 0x00800080;

/**
 * Any ratio: smaller by the mean of what each new pixel covers, parts of pixels included; larger by interpolation between neighbours.
 * Rows first, two pixels at a time in 32-bit words, then columns.
 */
export function resamplePlane(from: PlaneArea, to: PlaneArea, axisOf: (from: number, to: number) => Axis): void {
  const across = axisOf(from.area.width, to.area.width);
  const down = axisOf(from.area.height, to.area.height);
  const line = new RowMixer(from);
  for (let row = 0; row < to.area.height; row += 1) {
    line.mix(down, row);
    const out = to.offset + (to.area.y + row) * to.stride + to.area.x;
    mixColumns(line.pixels, line.start, across, to.bytes, out);
  }
}

function mixColumns(pixels: Uint8Array, start: number, { taps, first, weights }: Axis, out: Uint8Array, from: number): void {
  for (let column = 0, weight = 0; column < first.length; column += 1) {
    let sum = 128;
    const begin = start + (first[column] as number);
    for (let at = begin; at < begin + taps; at += 1, weight += 1) sum += (pixels[at] as number) * (weights[weight] as number);
    out[from + column] = sum >> 8;
  }
}

/** One row of the result, before its columns are mixed. */
class RowMixer {
  readonly pixels: Uint8Array;
  /** Where the area begins in `pixels`: rows are read from a whole word on. */
  readonly start: number;
  readonly #from: PlaneArea;
  readonly #words: number;
  readonly #source: Uint32Array | null;
  readonly #line: Uint32Array;

  constructor(from: PlaneArea) {
    const { bytes, offset, stride, area } = from;
    this.#from = from;
    this.start = (offset + area.x) % 4;
    this.#words = Math.ceil((this.start + area.width) / 4);
    const isAligned = (bytes.byteOffset + offset) % 4 === 0 && stride % 4 === 0;
    this.#source = isAligned ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2) : null;
    if (!isAligned) this.start = 0;
    // Taps of weight 0 may reach past the last pixel.
    this.#line = new Uint32Array(this.#words + 4);
    this.pixels = new Uint8Array(this.#line.buffer);
  }

  mix(down: Axis, row: number): void {
    const { offset, stride, area } = this.#from;
    const first = down.first[row] as number;
    if (this.#source === null) return this.#mixBytes(down, row);
    const line = this.#line;
    const source = this.#source;
    const words = this.#words;
    const begin = (offset + (area.y + first) * stride + area.x - this.start) >> 2;
    const [a, b, c] = [0, 1, 2].map((tap) => (tap < down.taps ? (down.weights[row * down.taps + tap] as number) : 0)) as [number, number, number];
    const step = stride >> 2;
    // Three rows at most where a picture is made a little smaller; the loop is for the others.
    const more = down.taps > 3 && (down.weights[row * down.taps + 3] as number) > 0;
    for (let word = 0; word < words; word += 1) {
      let at = begin + word;
      let pixels = source[at] as number;
      let even = HALF + Math.imul(pixels & EVEN, a);
      let odd = HALF + Math.imul((pixels >>> 8) & EVEN, a);
      if (b > 0) {
        pixels = source[(at += step)] as number;
        even += Math.imul(pixels & EVEN, b);
        odd += Math.imul((pixels >>> 8) & EVEN, b);
      }
      if (c > 0) {
        pixels = source[(at += step)] as number;
        even += Math.imul(pixels & EVEN, c);
        odd += Math.imul((pixels >>> 8) & EVEN, c);
      }
      for (let tap = 3; more && tap < down.taps; tap += 1) {
        const weight = down.weights[row * down.taps + tap] as number;
        if (weight === 0) break;
        pixels = source[(at += step)] as number;
        even += Math.imul(pixels & EVEN, weight);
        odd += Math.imul((pixels >>> 8) & EVEN, weight);
      }
      line[word] = ((even >>> 8) & EVEN) | (odd & ~EVEN);
    }
  }

  #mixBytes(down: Axis, row: number): void {
    const { bytes, offset, stride, area } = this.#from;
    const begin = offset + (area.y + (down.first[row] as number)) * stride + area.x;
    for (let column = 0; column < area.width; column += 1) {
      let sum = 128;
      for (let tap = 0; tap < down.taps; tap += 1) {
        const weight = down.weights[row * down.taps + tap] as number;
        if (weight > 0) sum += (bytes[begin + tap * stride + column] as number) * weight;
      }
      this.pixels[column] = sum >> 8;
    }
  }
}

/** Takes longer than scaling a picture along it: make it once. */
export function axis(from: number, to: number): Axis {
  const ratio = from / to;
  const taps = ratio > 1 ? Math.ceil(ratio) + 1 : 2;
  const first = new Int32Array(to);
  const weights = new Int32Array(to * taps);
  for (let index = 0; index < to; index += 1) {
    const covered = ratio > 1 ? share(index * ratio, (index + 1) * ratio) : between((index + 0.5) * ratio - 0.5, from - 1);
    first[index] = covered.first;
    weights.set(whole(covered.parts), index * taps);
  }
  return { taps, first, weights };
}

interface Covered {
  readonly first: number;
  readonly parts: readonly number[];
}

/** How much of each old pixel lies between two places. */
function share(left: number, right: number): Covered {
  const first = Math.floor(left + 1e-9);
  const last = Math.ceil(right - 1e-9);
  return { first, parts: Array.from({ length: last - first }, (_, at) => (Math.min(right, first + at + 1) - Math.max(left, first + at)) / (right - left)) };
}

/** Two neighbours of a place between them; at the edges the last one alone. */
function between(place: number, last: number): Covered {
  const at = Math.max(0, Math.min(last, place));
  const first = Math.floor(at);
  return first >= last ? { first: last, parts: [1] } : { first, parts: [1 - (at - first), at - first] };
}

/** Parts of 1 as whole numbers that add up to 256: a flat picture stays exactly as bright as it was. */
function whole(parts: readonly number[]): number[] {
  let [given, wanted] = [0, 0];
  return parts.map((part) => {
    wanted += part * 256;
    const weight = Math.round(wanted) - given;
    given += weight;
    return weight;
  });
}
