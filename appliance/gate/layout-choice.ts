import { type BuiltInLayoutId, type CustomLayout, type Inset, type LayoutId, type LayoutRequest, type LayoutSummary } from '#appliance/contract/layout.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { Size } from './i420.ts';
import { builtInLayout, customLayout, type Layout, type LayoutSource } from './layout.ts';

const BUILT_IN: Readonly<Record<BuiltInLayoutId, string>> = {
  camera: 'Camera',
  slides: 'Slides',
  'picture-in-picture': 'Picture in picture',
  'side-by-side': 'Side by side',
};

export const FIRST_INSET: Inset = { corner: 'bottom-right', size: 'medium' };

/** Which layout is on air, of the built-in ones and the room's own. */
export interface LayoutChoice {
  readonly id: LayoutId;
  readonly inset: Inset;
  readonly custom: readonly CustomLayout[];
}

export function isBuiltIn(id: LayoutId): id is BuiltInLayoutId {
  return Object.hasOwn(BUILT_IN, id);
}

/** What there is to choose from, with where each source would be in it. */
export function layoutSummaries(choice: LayoutChoice, sources: readonly LayoutSource[], program: Size): LayoutSummary[] {
  const { custom } = choice;
  const named = [
    ...Object.entries(BUILT_IN).map(([id, name]) => ({ id, name, kind: 'built-in' as const })),
    ...custom.map(({ id, name }) => ({ id, name, kind: 'custom' as const })),
  ];
  return named.map((layout) => ({ ...layout, tiles: drawnLayout({ ...choice, id: layout.id }, sources, program).tiles.map((tile) => partOf(tile, program)) }));

}

/** @throws CodedError `unknown_layout` */
export function chosen(choice: LayoutChoice, { id, corner, size }: LayoutRequest): LayoutChoice {
  if (!isBuiltIn(id) && !choice.custom.some((layout) => layout.id === id)) throw unknownLayout(id);
  return { ...choice, id, inset: { corner: corner ?? choice.inset.corner, size: size ?? choice.inset.size } };
}

/** A layout of the room's own that was on air and is no more: the camera is. */
export function withCustom(choice: LayoutChoice, custom: readonly CustomLayout[]): LayoutChoice {
  const stays = isBuiltIn(choice.id) || custom.some(({ id }) => id === choice.id);
  return { ...choice, custom, id: stays ? choice.id : 'camera' };
}

export function drawnLayout({ id, inset, custom }: LayoutChoice, sources: readonly LayoutSource[], program: Size): Layout {
  const own = custom.find((layout) => layout.id === id);
  return own === undefined ? builtInLayout(isBuiltIn(id) ? id : 'camera', inset, sources, program) : customLayout(own, sources, program);
}

function partOf({ source, rect }: Layout['tiles'][number], { width, height }: Size): LayoutSummary['tiles'][number] {
  return { source, x: rect.x / width, y: rect.y / height, width: rect.width / width, height: rect.height / height };
}

export function unknownLayout(id: string): CodedError {
  return new CodedError('unknown_layout', `There is no layout ${id} in this room. Choose one of the list.`, { status: 404 });
}
