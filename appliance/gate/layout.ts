import Type, { type Static } from 'typebox';
import type { LayoutId } from '#appliance/contract/state.ts';
import type { Rect, Size } from './i420.ts';

const Area = Type.Object({ x: Type.Integer({ minimum: 0 }), y: Type.Integer({ minimum: 0 }), width: Type.Integer({ minimum: 2 }), height: Type.Integer({ minimum: 2 }) });

/** One picture on the program. All numbers are even, so that chroma falls on whole pixels. */
export const Tile = Type.Object({
  source: Type.String(),
  /** Where on the program. */
  rect: Area,
  /** What part of the source, in its raster (the program's size). */
  crop: Area,
});
export type Tile = Static<typeof Tile>;

/** Tiles from back to front on the dark card. */
export const Layout = Type.Object({ id: Type.String(), tiles: Type.Array(Tile, { maxItems: 8 }) });
export type Layout = Static<typeof Layout>;

export interface LayoutSources {
  readonly camera: string | null;
  readonly slides: string | null;
}

/** Space between an inset and the program's edge, in 45ths of its height. */
const INSET_MARGIN = 45;

/** The four layouts that every room has. A layout whose source the room lacks shows the one it has. */
export function layoutOf(id: LayoutId, sources: LayoutSources, program: Size): Layout {
  const { camera, slides } = sources;
  if (camera === null || slides === null) return { id, tiles: full(camera ?? slides, program) };
  switch (id) {
    case 'camera':
      return { id, tiles: full(camera, program) };
    case 'slides':
      return { id, tiles: full(slides, program) };
    case 'picture-in-picture':
      return { id, tiles: [...full(slides, program), { source: camera, rect: insetOf(program), crop: whole(program) }] };
    case 'side-by-side':
      return { id, tiles: [half(slides, program, 0), half(camera, program, program.width / 2)] };
  }
}

function whole({ width, height }: Size): Rect {
  return { x: 0, y: 0, width, height };
}

function full(source: string | null, program: Size): Tile[] {
  return source === null ? [] : [{ source, rect: whole(program), crop: whole(program) }];
}

/** A quarter of the program's width, bottom right. */
function insetOf(program: Size): Rect {
  const width = multipleOf4(program.width / 4);
  const height = multipleOf4(program.height / 4);
  const margin = multipleOf4(program.height / INSET_MARGIN);
  return { x: program.width - width - margin, y: program.height - height - margin, width, height };
}

function half(source: string, program: Size, x: number): Tile {
  const height = multipleOf4(program.height / 2);
  return { source, rect: { x, y: multipleOf4((program.height - height) / 2), width: program.width / 2, height }, crop: whole(program) };
}

/** The fast scalers work on words of four bytes. */
function multipleOf4(value: number): number {
  return Math.floor(value / 4) * 4;
}
