import type { CustomLayout, FractionRect } from '#appliance/contract/layout.ts';
import { CodedError } from '#kit/process/errors.ts';
import { isBuiltIn } from './layout-choice.ts';

export interface LayoutRoom {
  /** Ids and kinds that a tile may name. */
  readonly sources: readonly string[];
  readonly images: readonly string[];
  readonly layouts: readonly CustomLayout[];
}

const LAYOUTS_MAX = 16;
/** A tile smaller than this shows nothing that anyone can see. */
const TILE_MIN = 0.05;
/** What sixteenths and thirds written with a few digits may be over. */
const TOLERANCE = 1e-6;

/** @throws CodedError `bad_layout` with every problem as a sentence */
export function checkLayout(layout: CustomLayout, room: LayoutRoom): void {
  const problems = [...placeProblems(layout, room), ...tileProblems(layout, room), ...imageProblems(layout, room)];
  if (problems.length === 0) return;
  throw new CodedError('bad_layout', problems.join(' '), { details: { problems } });
}

function placeProblems({ id }: CustomLayout, { layouts }: LayoutRoom): string[] {
  if (isBuiltIn(id)) return [`${id} is a built-in layout. Choose another id.`];
  const isNew = !layouts.some((layout) => layout.id === id);
  return isNew && layouts.length >= LAYOUTS_MAX ? [`A room has ${LAYOUTS_MAX} layouts of its own at most. Delete one first.`] : [];
}

function tileProblems({ tiles }: CustomLayout, { sources }: LayoutRoom): string[] {
  return tiles.flatMap(({ source, rect, crop }, index) => {
    const tile = `Tile ${index + 1}`;
    return [
      ...(sources.includes(source) ? [] : [`${tile} shows ${source}, which this room does not have. It has ${sources.join(', ')}.`]),
      ...rectProblems(`${tile}`, rect),
      ...(crop === undefined ? [] : rectProblems(`The crop of tile ${index + 1}`, crop)),
    ];
  });
}

function rectProblems(what: string, { x, y, width, height }: FractionRect): string[] {
  const over = x + width > 1 + TOLERANCE || y + height > 1 + TOLERANCE;
  return [
    ...(over ? [`${what} reaches over the edge: x + width and y + height are 1 at most.`] : []),
    ...(width < TILE_MIN || height < TILE_MIN ? [`${what} is too small: width and height are ${TILE_MIN} at least.`] : []),
  ];
}

function imageProblems({ background, logo }: CustomLayout, { images }: LayoutRoom): string[] {
  const files = ['image' in background ? background.image : null, logo?.file ?? null].filter((file) => file !== null);
  const missing = files.filter((file) => !images.includes(file)).map((file) => `The image ${file} is not on this box. Send it first.`);
  return logo === undefined ? missing : [...missing, ...rectProblems('The logo', logo.rect)];
}
