import type { LayoutSummary } from '#appliance/contract/layout.ts';
import type { Words } from '../words/words.ts';

/** The four that every room has are called as the product's table of names says; a room's own as it was named. */
export function layoutName({ id, name, kind }: Pick<LayoutSummary, 'id' | 'name' | 'kind'>, words: Words): string {
  if (kind === 'custom') return name;
  const names: Readonly<Record<string, string>> = {
    camera: words.camera,
    slides: words.slides,
    'picture-in-picture': words.pictureInPicture,
    'side-by-side': words.sideBySide,
  };
  return names[id] ?? name;
}
