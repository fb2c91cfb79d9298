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

/** A picture of the program that is drawn on again when nobody holds it any more: most of it is as it was. */
interface Canvas {
  readonly frame: Frame;
  /** What each tile shows on it; null while nothing was drawn. */
  pictures: readonly Frame[] | null;
}

/** One that goes out, one that an encoder still reads, one to draw on. */
const CANVASES_MAX = 3;

/**
 * Draws layouts. A layout that is one whole source costs nothing: that source's frame is the program's. Otherwise frames that went out
 * are taken again, and only tiles whose picture changed since are drawn on them (and those in front of them).
 */
export class Composer {
  readonly #program: Size;
  readonly #pool: FramePool;
  readonly #card: Buffer;
  readonly #scaler = new Scaler();
  #layout: Layout | null = null;
  #art: Art = NO_ART;
  /** Of the present layout, the last one drawn at the end. */
  #canvases: Canvas[] = [];

  constructor(program: Size, pool: FramePool, card: Buffer) {
    this.#program = program;
    this.#pool = pool;
    this.#card = card;
  }

  /** The program's frame, held for the caller. `pictureOf` answers each source's picture of this tick. */
  compose(layout: Layout, pictureOf: (source: string) => Frame, art: Art = NO_ART): Frame {
    const [first, ...others] = layout.tiles;
    const isWhole = first !== undefined && others.length === 0 && coversWhole(first, this.#program);
    if (isWhole && art.overlays.length === 0) return pictureOf(first.source).hold();
    if (layout !== this.#layout || art !== this.#art) this.#begin(layout, art);
    const pictures = layout.tiles.map((tile) => pictureOf(tile.source));
    const last = this.#canvases.at(-1);
    if (last !== undefined && firstChange(last.pictures ?? [], pictures) === null) return last.frame.hold();
    return this.#draw(layout, art, pictures).hold();
  }

  #begin(layout: Layout, art: Art): void {
    for (const { frame } of this.#canvases) frame.release();
    this.#canvases = [];
    this.#layout = layout;
    this.#art = art;
  }

  #draw(layout: Layout, art: Art, pictures: readonly Frame[]): Frame {
    const canvas = this.#takeCanvas();
    // What lies over tiles can't be taken off again: under it everything is drawn anew.
    const before = art.overlays.length > 0 ? null : canvas.pictures;
    const changed = before === null ? 0 : (firstChange(before, pictures) ?? pictures.length);
    if (before === null && !layout.tiles.some(({ rect }) => isWhole(rect, this.#program))) (art.background ?? this.#card).copy(canvas.frame.bytes);
    layout.tiles.forEach((tile, index) => {
      if (index >= changed) this.#drawTile(tile, (pictures[index] as Frame).bytes, canvas.frame.bytes);
    });
    for (const overlay of art.overlays) blend(canvas.frame.bytes, this.#program, overlay);
    canvas.pictures = pictures;
    return canvas.frame;
  }

  /** One that nobody reads, or a new one; it is the last from now on. */
  #takeCanvas(): Canvas {
    const free = this.#canvases.findIndex(({ frame }) => !frame.isShared);
    const canvas = this.#canvases.splice(free, free === -1 ? 0 : 1)[0] ?? { frame: this.#pool.take(), pictures: null };
    this.#canvases.push(canvas);
    if (this.#canvases.length > CANVASES_MAX) this.#canvases.shift()?.frame.release();
    return canvas;
  }

  #drawTile(tile: Tile, picture: Buffer, canvas: Buffer): void {
    for (const plane of planesOf(this.#program)) {
      this.#scaler.draw({ ...area(plane, tile.crop), bytes: picture }, { ...area(plane, tile.rect), bytes: canvas });
    }
  }
}

function area(plane: Plane, rect: Rect): { offset: number; stride: number; area: Rect } {
  const { divisor } = plane;
  const scaled = { x: rect.x / divisor, y: rect.y / divisor, width: rect.width / divisor, height: rect.height / divisor };
  return { offset: plane.offset, stride: plane.stride, area: scaled };
}

/** Compares frames, not buffers: those are reused. Index of the hindmost tile with another picture; null when all are the same. */
function firstChange(before: readonly Frame[], now: readonly Frame[]): number | null {
  const index = now.findIndex((picture, at) => picture !== before[at]);
  return index === -1 ? null : index;
}

function coversWhole({ rect, crop }: Tile, program: Size): boolean {
  return isWhole(rect, program) && isWhole(crop, program);
}

function isWhole({ x, y, width, height }: Rect, program: Size): boolean {
  return x === 0 && y === 0 && width === program.width && height === program.height;
}
