import Type, { type Static } from 'typebox';
import { type BuiltInLayoutId, CustomLayout, ImageFile, type Inset, LowerThird } from '#appliance/contract/layout.ts';
import type { SourceState } from '#appliance/contract/state.ts';
import type { Rect, Size } from './i420.ts';
import { even, type Fit, fitted, pictureArea, pixelRect } from './layout-geometry.ts';

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

/** Tiles from back to front, on the dark card where there is no other background. */
export const Layout = Type.Object({
  id: Type.String(),
  tiles: Type.Array(Tile, { maxItems: 8 }),
  background: Type.Optional(CustomLayout.properties.background),
  lowerThird: Type.Optional(LowerThird.properties.fields),
  logo: Type.Optional(Type.Object({ file: ImageFile, rect: Area })),
});
export type Layout = Static<typeof Layout>;

/** What a layout has to know of a source. A size of 0 is not known yet. */
export type LayoutSource = Pick<SourceState, 'id' | 'kind' | 'signal' | 'width' | 'height'>;

/** Space between an inset and the program's edge, in 45ths of its height. */
const INSET_MARGIN = 45;
/** An inset's largest width and height as a part of the program's. */
const INSET_PARTS: Readonly<Record<Inset['size'], number>> = { small: 5, medium: 4, large: 3 };

/** The four layouts that every room has. A layout whose source the room lacks shows the one it has. */
export function builtInLayout(id: BuiltInLayoutId, inset: Inset, sources: readonly LayoutSource[], program: Size): Layout {
  const camera = sourceFor('camera', sources);
  const slides = sourceFor('slides', sources);
  if (camera === null || slides === null) return { id, tiles: full(camera ?? slides, program) };
  switch (id) {
    case 'camera':
      return { id, tiles: full(camera, program) };
    case 'slides':
      return { id, tiles: full(slides, program) };
    case 'picture-in-picture':
      return { id, tiles: [...full(slides, program), insetTile(camera, inset, program)] };
    case 'side-by-side':
      return { id, tiles: [tileOf(slides, half(program, 0), 'contain', program), tileOf(camera, half(program, 1), 'contain', program)] };
  }
}

/** A room's own layout. Tiles of sources that the room lacks are left out. */
export function customLayout(layout: CustomLayout, sources: readonly LayoutSource[], program: Size): Layout {
  const tiles = layout.tiles.toSorted((a, b) => a.z - b.z).flatMap(({ source, rect, crop, fit }) => {
    const found = sourceFor(source, sources);
    return found === null ? [] : [tileOf(found, pixelRect(rect, whole(program)), fit, program, crop)];
  });
  const { id, background, lowerThird, logo } = layout;
  return {
    id, tiles, background,
    ...(lowerThird?.show === true ? { lowerThird: lowerThird.fields } : {}),
    ...(logo === undefined ? {} : { logo: { file: logo.file, rect: pixelRect(logo.rect, whole(program)) } }),
  };
}

/** By id, else the first of that kind. What a laptop shares stands in for the slides while it comes. */
export function sourceFor(name: string, sources: readonly LayoutSource[]): LayoutSource | null {
  const pictures = sources.filter(({ kind }) => kind !== 'microphone');
  const first = (kind: string): LayoutSource | undefined => pictures.find((source) => source.kind === kind);
  const shared = name === 'slides' ? pictures.find(({ kind, signal }) => kind === 'share' && signal === 'ok') : undefined;
  return shared ?? pictures.find(({ id }) => id === name) ?? first(name) ?? null;
}

function whole({ width, height }: Size): Rect {
  return { x: 0, y: 0, width, height };
}

/** The source's raster as it is: a picture of another shape has the card around it already. */
function full(source: LayoutSource | null, program: Size): Tile[] {
  return source === null ? [] : [{ source: source.id, rect: whole(program), crop: whole(program) }];
}

function tileOf(source: LayoutSource, rect: Rect, fit: Fit, program: Size, crop?: CustomLayout['tiles'][number]['crop']): Tile {
  const picture = pictureArea(source, program);
  return { source: source.id, ...fitted(crop === undefined ? picture : pixelRect(crop, picture), rect, fit) };
}

function insetTile(camera: LayoutSource, { corner, size }: Inset, program: Size): Tile {
  const parts = INSET_PARTS[size];
  const room: Rect = { x: 0, y: 0, width: even(program.width / parts), height: even(program.height / parts) };
  const tile = tileOf(camera, room, 'contain', program);
  const { width, height } = tile.rect;
  const margin = even(program.height / INSET_MARGIN);
  const x = corner.endsWith('left') ? margin : program.width - width - margin;
  const y = corner.startsWith('top') ? margin : program.height - height - margin;
  return { ...tile, rect: { x, y, width, height } };
}

function half({ width, height }: Size, index: 0 | 1): Rect {
  return { x: index === 0 ? 0 : even(width / 2), y: 0, width: even(width / 2), height };
}
