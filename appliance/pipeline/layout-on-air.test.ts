import { expect, it } from 'vitest';
import type { LayoutSource } from '../gate/layout.ts';
import { LayoutOnAir } from './layout-on-air.ts';

const camera: LayoutSource = { id: 'cam', kind: 'camera', signal: 'ok', width: 1280, height: 720 };
const slides: LayoutSource = { ...camera, id: 'pc', kind: 'slides' };
const share: LayoutSource = { ...camera, id: 'laptop', kind: 'share' };

/** With what the gate shows: what it began with, or was told since. */
function onAir(): { layout: LayoutOnAir; shown: () => string[]; setSources: (now: LayoutSource[]) => void; startGate: () => void; told: string[][] } {
  let sources: LayoutSource[] = [camera, slides];
  const told: string[][] = [];
  const tell = (tiles: readonly { readonly source: string }[]): void => void told.push(tiles.map(({ source }) => source));
  const layout = new LayoutOnAir({
    program: { width: 1280, height: 720 }, sources: () => sources,
    tellGate: (message) => void (message.type === 'layout' && tell(message.layout.tiles)),
  });
  return { layout, told, shown: () => told.at(-1) ?? [], setSources: (now) => void (sources = now), startGate: () => tell(layout.begin().tiles) };
}

it('tells the gate what is chosen, and nothing that it has already', () => {
  const { layout, shown, startGate, told } = onAir();
  startGate();
  layout.show();
  expect(shown()).toEqual(['cam']);
  layout.choose({ id: 'picture-in-picture' });
  layout.show();
  expect(told).toEqual([['cam'], ['pc', 'cam']]);
});

it('shows what a laptop shares again after the gate was replaced, although it comes by the first report', () => {
  const { layout, shown, setSources, startGate } = onAir();
  layout.choose({ id: 'slides' });
  startGate();
  setSources([camera, slides, share]);
  layout.show();
  expect(shown()).toEqual(['laptop']);
  // The gate ends: nobody knows of any picture until the next one reports.
  setSources([camera, slides, { ...share, signal: 'lost' }]);
  startGate();
  expect(shown()).toEqual(['pc']);
  setSources([camera, slides, share]);
  layout.show();
  expect(shown()).toEqual(['laptop']);
});
