import type { Frame, FramePool } from './frames.ts';
import { planesOf, type Plane, type Rect, type Size } from './i420.ts';
import type { Layout, Tile } from './layout.ts';
import { blend, type Overlay } from './overlay.ts';
import { Scaler } from './scale.ts';

/** What a layout has beside its sources, ready to be drawn. The same object as long as it looks the same. */
export interface Art {
  /** Behind the tiles, in place of the dark card. */
  readonly background: Buffer | null;
  /** In front of them, from back to front. */
  readonly overlays: readonly Overlay[];
}

export const NO_ART: Art = { background: null, overlays: [] };

interface Drawn {
  readonly layout: Layout;
  readonly art: Art;
  readonly pictures: readonly Frame[];
  readonly frame: Frame;
}

/**
 * Draws layouts. A layout that is one whole source costs nothing: that source's frame is the program's. Otherwise only tiles whose
 * picture changed are drawn again (and those in front of them), on a canvas that is then copied into the outgoing frame.
 */
export class Composer {
  readonly #program: Size;
  readonly #pool: FramePool;
  readonly #card: Buffer;
  readonly #canvas: Buffer;
  readonly #scaler = new Scaler();
  #drawn: Drawn | null = null;

  constructor(program: Size, pool: FramePool, card: Buffer) {
    this.#program = program;
    this.#pool = pool;
    this.#card = card;
    this.#canvas = Buffer.from(card);
  }

  /** The program's frame, held for the caller. `pictureOf` answers each source's picture of this tick. */
  compose(layout: Layout, pictureOf: (source: string) => Frame, art: Art = NO_ART): Frame {
    const [first, ...others] = layout.tiles;
    const isWhole = first !== undefined && others.length === 0 && coversWhole(first, this.#program);
    if (isWhole && art.overlays.length === 0) return pictureOf(first.source).hold();
    const pictures = layout.tiles.map((tile) => pictureOf(tile.source));
    return this.#draw(layout, art, pictures).hold();
  }

  #draw(layout: Layout, art: Art, pictures: readonly Frame[]): Frame {
    const isNew = this.#drawn === null || this.#drawn.layout !== layout || this.#drawn.art !== art;
    const changed = isNew ? 0 : this.#firstChange(pictures);
    if (changed === null && this.#drawn !== null) return this.#drawn.frame;
    if (isNew) (art.background ?? this.#card).copy(this.#canvas);
    layout.tiles.slice(changed ?? 0).forEach((tile, index) => this.#drawTile(tile, (pictures[(changed ?? 0) + index] as Frame).bytes));
    this.#drawn?.frame.release();
    const frame = this.#pool.take();
    this.#canvas.copy(frame.bytes);
    for (const overlay of art.overlays) blend(frame.bytes, this.#program, overlay);
    this.#drawn = { layout, art, pictures, frame };
    return frame;
  }

  /** Compares frames, not buffers: those are reused. Index of the hindmost tile with another picture than last time; null when all are the same. */
  #firstChange(pictures: readonly Frame[]): number | null {
    const index = pictures.findIndex((picture, at) => picture !== this.#drawn?.pictures[at]);
    return index === -1 ? null : index;
  }

  #drawTile(tile: Tile, picture: Buffer): void {
    for (const plane of planesOf(this.#program)) {
      this.#scaler.draw({ ...area(plane, tile.crop), bytes: picture }, { ...area(plane, tile.rect), bytes: this.#canvas });
    }
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
