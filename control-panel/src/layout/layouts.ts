import type { LayoutId } from '#appliance/contract/state.ts';
import type { Words } from '../words/words.ts';

export const layoutIds: readonly LayoutId[] = ['camera', 'slides', 'picture-in-picture', 'side-by-side'];

export function layoutName(id: LayoutId, words: Words): string {
  const names: Readonly<Record<LayoutId, string>> = {
    camera: words.camera,
    slides: words.slides,
    'picture-in-picture': words.pictureInPicture,
    'side-by-side': words.sideBySide,
  };
  return names[id] ?? id;
}
