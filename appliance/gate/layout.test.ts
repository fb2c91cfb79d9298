import { describe, expect, it } from 'vitest';
import type { CustomLayout, Inset } from '#appliance/contract/layout.ts';
import { builtInLayout, customLayout, type LayoutSource, sourceFor } from './layout.ts';
import { fitted, pictureArea } from './layout-geometry.ts';
import { chosen, FIRST_INSET, type LayoutChoice, withCustom } from './layout-choice.ts';
import { checkLayout } from './layout-rules.ts';

const HD = { width: 1280, height: 720 };
const camera: LayoutSource = { id: 'cam', kind: 'camera', signal: 'ok', width: 1920, height: 1080 };
const oldCamera: LayoutSource = { ...camera, width: 640, height: 480 };
const slides: LayoutSource = { id: 'pc', kind: 'slides', signal: 'ok', width: 1024, height: 768 };
const share: LayoutSource = { id: 'laptop', kind: 'share', signal: 'lost', width: 0, height: 0 };

/** Width over height as it is shown against as it was taken: 1 is not stretched. */
function stretchOf({ rect, crop }: { rect: { width: number; height: number }; crop: { width: number; height: number } }): number {
  return rect.width / rect.height / (crop.width / crop.height);
}

describe('built-in layouts', () => {
  it.each<[Inset, number, number, number]>([
    [{ corner: 'bottom-right', size: 'medium' }, 944, 524, 320],
    [{ corner: 'top-left', size: 'small' }, 16, 16, 256],
    [{ corner: 'bottom-left', size: 'large' }, 16, 464, 426],
    [{ corner: 'top-right', size: 'medium' }, 944, 16, 320],
  ])('put the inset %j where it belongs', (inset, x, y, width) => {
    const [, tile] = builtInLayout('picture-in-picture', inset, [camera, slides], HD).tiles;
    expect(tile?.rect).toMatchObject({ x, y, width });
    expect(stretchOf(tile!)).toBeCloseTo(1, 2);
  });

  it.each([camera, oldCamera])('never stretch a picture of $width x $height', (source) => {
    for (const id of ['picture-in-picture', 'side-by-side'] as const) {
      for (const tile of builtInLayout(id, FIRST_INSET, [source, slides], HD).tiles) expect(stretchOf(tile)).toBeCloseTo(1, 2);
    }
  });

  it('leave the card that surrounds a 4:3 picture out of an inset', () => {
    const [, tile] = builtInLayout('picture-in-picture', FIRST_INSET, [oldCamera, slides], HD).tiles;
    expect(tile).toEqual({ source: 'cam', crop: { x: 160, y: 0, width: 960, height: 720 }, rect: { x: 1024, y: 524, width: 240, height: 180 } });
  });

  it('show a laptop in place of the slides while it shares', () => {
    expect(sourceFor('slides', [camera, slides, share])?.id).toBe('pc');
    expect(sourceFor('slides', [camera, slides, { ...share, signal: 'ok' }])?.id).toBe('laptop');
    expect(sourceFor('slides', [camera])).toBeNull();
  });
});

describe('geometry', () => {
  it('finds the picture in its raster', () => {
    expect(pictureArea({ width: 1024, height: 768 }, HD)).toEqual({ x: 160, y: 0, width: 960, height: 720 });
    expect(pictureArea({ width: 2560, height: 1080 }, HD)).toEqual({ x: 0, y: 90, width: 1280, height: 540 });
    expect(pictureArea({ width: 1280, height: 1024 }, { width: 1920, height: 1080 })).toEqual({ x: 284, y: 0, width: 1350, height: 1080 });
    expect(pictureArea({ width: 0, height: 0 }, HD)).toEqual({ x: 0, y: 0, ...HD });
  });

  it('contains with space around, covers with a cut', () => {
    const picture = { x: 0, y: 0, ...HD };
    const square = { x: 100, y: 100, width: 400, height: 400 };
    expect(fitted(picture, square, 'contain')).toEqual({ crop: picture, rect: { x: 100, y: 188, width: 400, height: 226 } });
    expect(fitted(picture, square, 'cover')).toEqual({ rect: square, crop: { x: 280, y: 0, width: 720, height: 720 } });
  });
});

describe('a layout of the room’s own', () => {
  const own: CustomLayout = {
    id: 'lecture', name: 'Lecture', background: { colour: '#101418' },
    tiles: [
      { source: 'camera', rect: { x: 0.75, y: 0, width: 0.25, height: 0.5 }, z: 2, fit: 'cover', crop: { x: 0.25, y: 0, width: 0.5, height: 1 } },
      { source: 'pc', rect: { x: 0, y: 0, width: 0.75, height: 1 }, z: 1, fit: 'contain' },
      { source: 'share', rect: { x: 0, y: 0, width: 1, height: 1 }, z: 0, fit: 'contain' },
    ],
  };

  it('is drawn from back to front, cropped, and without what the room lacks', () => {
    const { tiles } = customLayout(own, [camera, slides], HD);
    expect(tiles.map(({ source }) => source)).toEqual(['pc', 'cam']);
    expect(tiles[1]?.rect).toEqual({ x: 960, y: 0, width: 320, height: 360 });
    expect(tiles[1]?.crop).toEqual({ x: 320, y: 0, width: 640, height: 720 });
    for (const tile of tiles) expect(stretchOf(tile)).toBeCloseTo(1, 2);
  });

  it('gives way to the camera when it is deleted on air', () => {
    const none: LayoutChoice = { id: 'camera', inset: FIRST_INSET, custom: [] };
    const onAir = chosen(withCustom(none, [own]), { id: 'lecture', size: 'large' });
    expect([onAir.id, onAir.inset.size]).toEqual(['lecture', 'large']);
    expect(withCustom(onAir, []).id).toBe('camera');
    expect(() => chosen(none, { id: 'lecture' })).toThrow(/no layout/);
  });

  const room = { sources: ['cam', 'pc', 'camera', 'slides', 'share'], images: ['crest.png'], layouts: [] };
  const tile = own.tiles[1]!;
  it.each<[string, Partial<CustomLayout>, RegExp]>([
    ['a built-in id', { id: 'slides' }, /built-in/],
    ['a source that there is not', { tiles: [{ ...tile, source: 'attic' }] }, /Tile 1 shows attic/],
    ['a tile over the edge', { tiles: [{ ...tile, rect: { x: 0.5, y: 0, width: 0.6, height: 1 } }] }, /over the edge/],
    ['a crop over the edge', { tiles: [{ ...tile, crop: { x: 0.5, y: 0.5, width: 0.6, height: 0.5 } }] }, /crop of tile 1/],
    ['a tile too small to see', { tiles: [{ ...tile, rect: { x: 0, y: 0, width: 0.01, height: 1 } }] }, /too small/],
    ['an image that was not sent', { background: { image: 'sky.jpg' } }, /sky\.jpg/],
    ['a logo over the edge', { logo: { file: 'crest.png', rect: { x: 0.9, y: 0, width: 0.2, height: 0.1 } } }, /logo reaches/],
  ])('is refused for %s', (_what, change, words) => {
    expect(() => checkLayout({ ...own, ...change }, room)).toThrow(words);
  });

  it('is taken when all is well, seventeen are not', () => {
    expect(() => checkLayout(own, room)).not.toThrow();
    const layouts = Array.from({ length: 16 }, (_, index) => ({ ...own, id: `own-${index}` }));
    expect(() => checkLayout(own, { ...room, layouts })).toThrow(/16/);
    expect(() => checkLayout({ ...own, id: 'own-3' }, { ...room, layouts })).not.toThrow();
  });
});
