import { planesOf } from '../../gate/i420.ts';
import type { Picture } from './detector.ts';
import type { Region } from './region.ts';

/** BT.709 limited range to full-range RGB (ITU-R BT.709-6, section 3), in 1/1024. */
const LUMA = 1192;
const RED_V = 1836;
const GREEN_U = 218;
const GREEN_V = 546;
const BLUE_U = 2163;

/** Draws a square of the picture as `side` x `side` RGB, 0 to 255, each luma averaged over four pixels; black outside of the picture. */
export function drawInput(into: Int32Array, side: number, { width, height, bytes }: Picture, region: Region): void {
  const [, u, v] = planesOf({ width, height });
  const step = region.side / side;
  const columns = Int32Array.from({ length: side }, (_, at) => Math.floor(region.x + (at + 0.5) * step));
  const next = Math.max(0, Math.round(step / 2));
  for (let row = 0, out = 0; row < side; row += 1) {
    const y = Math.floor(region.y + (row + 0.5) * step);
    const isOutside = y < 0 || y >= height;
    const line = y * width;
    const below = Math.min(y + next, height - 1) * width;
    const chromaLine = (y >> 1) * u.stride;
    for (let column = 0; column < side; column += 1, out += 3) {
      const x = columns[column] ?? 0;
      if (isOutside || x < 0 || x >= width) {
        into.fill(0, out, out + 3);
        continue;
      }
      const right = Math.min(x + next, width - 1);
      const four = at(bytes, line + x) + at(bytes, line + right) + at(bytes, below + x) + at(bytes, below + right);
      const luma = (LUMA * (four - 64)) >> 2;
      const blue = at(bytes, u.offset + chromaLine + (x >> 1)) - 128;
      const red = at(bytes, v.offset + chromaLine + (x >> 1)) - 128;
      into[out] = level(luma + RED_V * red);
      into[out + 1] = level(luma - GREEN_U * blue - GREEN_V * red);
      into[out + 2] = level(luma + BLUE_U * blue);
    }
  }
}

function at(bytes: Buffer, index: number): number {
  return bytes[index] as number;
}

function level(value: number): number {
  return value < 0 ? 0 : value > 261_120 ? 255 : value >> 10;
}
