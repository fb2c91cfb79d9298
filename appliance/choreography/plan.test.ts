import { expect, it } from 'vitest';
import type { Macro } from '../contract/macros.ts';
import { plan, type Action, type StageFacts } from './plan.ts';

const tile = (source: string) => ({ source, x: 0, y: 0, width: 1, height: 1 });
const layouts = [
  { id: 'camera', tiles: [tile('camera')] },
  { id: 'slides', tiles: [tile('slides')] },
  { id: 'both', tiles: [tile('slides'), tile('camera')] },
  { id: 'second', tiles: [tile('balcony')] },
];
const facts: StageFacts = {
  live: true, layout: 'camera', layouts, returnTo: 'camera', pictures: ['camera', 'slides', 'balcony'], sourceOf: (camera) => camera, isThere: () => false,
};
const view = { type: 'view', camera: 'camera', preset: '1' } as const;
const macro = (...steps: Macro['steps']): Macro => ({ id: 'm', name: 'M', steps });
const show = (id: string) => ({ type: 'layout', id }) as const;

/** Short for what matters: `cover slides`, `view 1`, `still`, `cut camera`. */
function told(actions: readonly Action[]): string[] {
  return actions.map((action) => {
    switch (action.do) {
      case 'sound': return `sound ${action.step.type}`;
      case 'cover': return `cover ${action.layout}`;
      case 'view': return `view ${action.step.preset}`;
      case 'wait-until-still': return 'still';
      case 'cut': return `cut ${action.layout.id}`;
    }
  });
}

it.each<[string, Macro, Partial<StageFacts>, string[]]>([
  ['a camera on air travels behind the slides', macro(view), {}, ['cover slides', 'view 1', 'still', 'cut camera']],
  ['and comes back in the layout that was asked for', macro(view, show('both')), {}, ['cover slides', 'view 1', 'still', 'cut both']],
  ['the slides give no picture: another camera stands in', macro(view), { pictures: ['camera', 'balcony'] }, ['cover second', 'view 1', 'still', 'cut camera']],
  ['nothing can stand in: students see it travel', macro(view), { pictures: ['camera'] }, ['view 1']],
  ['nothing can stand in: the layout at once, then the move', macro(view, show('both')), { pictures: ['camera'] }, ['cut both', 'view 1']],
  ['off air it moves first, then it is shown', macro(view, show('camera')), { layout: 'slides', returnTo: 'slides' }, ['view 1', 'still', 'cut camera']],
  ['a layout without the camera needs no waiting', macro(view, show('slides')), {}, ['cut slides', 'view 1']],
  ['off air and staying there', macro(view), { layout: 'slides', returnTo: 'slides' }, ['view 1']],
  ['where it stands already nothing is covered', macro(view, show('both')), { isThere: () => true }, ['cut both']],
  ['between classes nobody minds', macro(view, show('both')), { live: false }, ['cut both', 'view 1']],
  ['sound is first', macro(view, { type: 'mute', muted: false }, { type: 'sound', source: 'hall', muted: false }), {}, ['sound mute', 'sound sound', 'cover slides', 'view 1', 'still', 'cut camera']],
  ['a new macro while the slides stand in goes back to what was before', macro(view), { layout: 'slides', returnTo: 'camera' }, ['view 1', 'still', 'cut camera']],
  ['also where only sound is left to do', macro({ type: 'mute', muted: true }), { layout: 'slides', returnTo: 'camera' }, ['sound mute', 'cut camera']],
])('%s', (_what, wanted, change, actions) => {
  expect(told(plan(wanted, { ...facts, ...change }))).toEqual(actions);
});

it('keeps the place of the inset', () => {
  expect(plan(macro({ type: 'layout', id: 'both', corner: 'top-left' }), facts)).toEqual([{ do: 'cut', layout: { id: 'both', corner: 'top-left' } }]);
});
