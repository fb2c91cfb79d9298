import type { Frame, FramePool } from './frames.ts';
import { planesOf, type Plane, type Rect, type Size } from './i420.ts';
import type { Layout, Tile } from './layout.ts';
import { scalePlane } from './scale.ts';

/**
 * Draws layouts. A layout that is one whole source costs nothing: that source's frame is the program's. Otherwise only tiles whose
 * picture changed are drawn again (and those in front of them), on a canvas that is then copied into the outgoing frame.
 */
export class Composer {
  readonly #program: Size;
  readonly #pool: FramePool;
  readonly #card: Buffer;
  readonly #canvas: Buffer;
  #drawn: { layout: Layout; pictures: readonly Frame[]; frame: Frame } | null = null;

  constructor(program: Size, pool: FramePool, card: Buffer) {
    this.#program = program;
    this.#pool = pool;
    this.#card = card;
    this.#canvas = Buffer.from(card);
  }

  /** The program's frame, held for the caller. `pictureOf` answers each source's picture of this tick. */
  compose(layout: Layout, pictureOf: (source: string) => Frame): Frame {
    const [first, ...others] = layout.tiles;
    if (first !== undefined && others.length === 0 && coversWhole(first, this.#program)) return pictureOf(first.source).hold();
    const pictures = layout.tiles.map((tile) => pictureOf(tile.source));
    return this.#draw(layout, pictures).hold();
  }

  #draw(layout: Layout, pictures: readonly Frame[]): Frame {
    const changed = this.#firstChange(layout, pictures);
    if (changed === null && this.#drawn !== null) return this.#drawn.frame;
    if (this.#drawn?.layout !== layout) this.#card.copy(this.#canvas);
    layout.tiles.slice(changed ?? 0).forEach((tile, index) => {
      drawTile(this.#canvas, this.#program, tile, (pictures[(changed ?? 0) + index] as Frame).bytes);
    });
    this.#drawn?.frame.release();
    const frame = this.#pool.take();
    this.#canvas.copy(frame.bytes);
    this.#drawn = { layout, pictures, frame };
    return frame;
  }

  /** Compares frames, not buffers: those are reused. Index of the hindmost tile with another picture than last time; null when all are the same. */
  #firstChange(layout: Layout, pictures: readonly Frame[]): number | null {
    if (this.#drawn?.layout !== layout) return 0;
    const before = this.#drawn.pictures;
    const index = pictures.findIndex((picture, at) => picture !== before[at]);
    return index === -1 ? null : index;
  }
}

export function drawTile(canvas: Buffer, program: Size, tile: Tile, picture: Buffer): void {
  for (const plane of planesOf(program)) {
    scalePlane({ ...area(plane, tile.crop), bytes: picture }, { ...area(plane, tile.rect), bytes: canvas });
  }
}

function area(plane: Plane, rect: Rect): { offset: number; stride: number; area: Rect } {
  const { divisor } = plane;
  const scaled = { x: rect.x / divisor, y: rect.y / divisor, width: rect.width / divisor, height: rect.height / divisor };
  return { offset: plane.offset, stride: plane.stride, area: scaled };
}

function coversWhole({ rect, crop }: Tile, { width, height }: Size): boolean {
  return [rect, crop].every((area) => area.x === 0 && area.y === 0 && area.width === width && area.height === height);
}
