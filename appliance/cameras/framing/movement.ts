import type { Person, PersonDetector, Picture } from './detector.ts';

/** Cells across and down. */
const COLUMNS = 64;
const ROWS = 36;
/** A cell whose mean luma changed by more is moving. */
const CHANGED = 9;
/** Fewer moving cells are noise; more are the camera's own motion, or the light. */
const CELLS_MIN = 8;
const SHARE_MAX = 0.35;
/** From the top of what moves to the middle of a face, as a share of its height; and to the shoulders. */
const FACE_AT = 0.12;
const SHOULDERS_AT = 0.3;

/** The fallback where no detector can be loaded: what moves between two pictures is taken for the lecturer. It is blind while the camera turns. */
export class MovementDetector implements PersonDetector {
  readonly name = 'movement';
  #before: Float32Array | null = null;

  detect(picture: Picture): Person | null {
    const now = cellsOf(picture);
    const before = this.#before;
    this.#before = now;
    return before === null ? null : personIn(now.map((cell, index) => (Math.abs(cell - (before[index] ?? cell)) > CHANGED ? 1 : 0)));
  }
}

/** The person of a map of moving cells, row by row: where most of them are, from the topmost down. */
export function personIn(moving: ArrayLike<number>): Person | null {
  const cells = Array.from({ length: COLUMNS * ROWS }, (_, index) => index).filter((index) => moving[index] === 1);
  if (cells.length < CELLS_MIN || cells.length > SHARE_MAX * COLUMNS * ROWS) return null;
  const columns = cells.map((index) => index % COLUMNS).sort((a, b) => a - b);
  const middle = columns[columns.length >> 1] ?? 0;
  const rows = cells.filter((index) => Math.abs((index % COLUMNS) - middle) <= COLUMNS / 8).map((index) => Math.floor(index / COLUMNS));
  const [top, bottom] = [Math.min(...rows), Math.max(...rows) + 1];
  const height = (bottom - top) / ROWS;
  if (height <= 0.08) return null;
  return { head: { x: (middle + 0.5) / COLUMNS, y: top / ROWS + FACE_AT * height }, size: (SHOULDERS_AT - FACE_AT) * height, score: 0.5 };
}

function cellsOf({ width, height, bytes }: Picture): Float32Array {
  const cells = new Float32Array(COLUMNS * ROWS);
  const [across, down] = [Math.floor(width / COLUMNS), Math.floor(height / ROWS)];
  for (let row = 0; row < ROWS; row += 1) {
    for (let column = 0; column < COLUMNS; column += 1) cells[row * COLUMNS + column] = meanLuma(bytes, width, column * across, row * down, across, down);
  }
  return cells;
}

function meanLuma(bytes: Buffer, stride: number, x: number, y: number, width: number, height: number): number {
  let sum = 0;
  for (let row = y; row < y + height; row += 1) for (let at = row * stride + x; at < row * stride + x + width; at += 1) sum += bytes[at] as number;
  return sum / (width * height);
}
