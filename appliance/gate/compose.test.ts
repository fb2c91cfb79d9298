import { describe, expect, it } from 'vitest';
import type { BuiltInLayoutId } from '#appliance/contract/layout.ts';
import { Composer } from './compose.ts';
import { type Frame, FramePool, lastingFrame } from './frames.ts';
import { CARD, cardPicture, frameBytes, planesOf } from './i420.ts';
import { builtInLayout, type Layout, type LayoutSource } from './layout.ts';
import { FIRST_INSET } from './layout-choice.ts';
import { overlayFrom } from './overlay.ts';

const HD = { width: 1280, height: 720 };
const CAMERA: LayoutSource = { id: 'cam', kind: 'camera', signal: 'ok', width: 1920, height: 1080 };
const SLIDES: LayoutSource = { id: 'pc', kind: 'slides', signal: 'ok', width: 0, height: 0 };

function layoutOf(id: BuiltInLayoutId, sources: readonly LayoutSource[] = [CAMERA, SLIDES]): Layout {
  return builtInLayout(id, FIRST_INSET, sources, HD);
}

function flat(luma: number): Frame {
  const bytes = Buffer.alloc(frameBytes(HD), 128);
  bytes.fill(luma, 0, HD.width * HD.height);
  return lastingFrame(bytes);
}

const cam = flat(200);
const pc = flat(60);
const pictureOf = (source: string): Frame => (source === 'cam' ? cam : pc);

function composer(): Composer {
  return new Composer(HD, new FramePool(frameBytes(HD)), cardPicture(HD));
}

function lumaAt(frame: Frame, x: number, y: number): number | undefined {
  return frame.bytes[y * HD.width + x];
}

describe('layouts', () => {
  it.each<[BuiltInLayoutId, Frame]>([['camera', cam], ['slides', pc]])('%s alone is the source’s own frame', (id, frame) => {
    expect(composer().compose(layoutOf(id), pictureOf)).toBe(frame);
  });

  it('sets the camera into the slides, bottom right', () => {
    const frame = composer().compose(layoutOf('picture-in-picture'), pictureOf);
    expect([lumaAt(frame, 100, 100), lumaAt(frame, 1100, 600), lumaAt(frame, 1275, 715)]).toEqual([60, 200, 60]);
  });

  it('puts both side by side on the card', () => {
    const frame = composer().compose(layoutOf('side-by-side'), pictureOf);
    expect([lumaAt(frame, 320, 360), lumaAt(frame, 960, 360), lumaAt(frame, 640, 50)]).toEqual([60, 200, CARD.luma]);
    const [, u] = planesOf(HD);
    expect([frame.bytes[u.offset], frame.bytes[u.offset + 180 * u.stride + 20]]).toEqual([CARD.u, 128]);
  });

  it.each<BuiltInLayoutId>(['camera', 'slides', 'picture-in-picture', 'side-by-side'])('%s shows the one source of a room that has one', (id) => {
    expect(layoutOf(id, [CAMERA]).tiles.map(({ source }) => source)).toEqual(['cam']);
    expect(layoutOf(id, []).tiles).toEqual([]);
  });
});

describe('drawing', () => {
  it('gives the same frame while nothing changes, and another when a picture does', () => {
    const layout = layoutOf('picture-in-picture');
    const one = composer();
    const first = one.compose(layout, pictureOf);
    expect(one.compose(layout, pictureOf)).toBe(first);
    const dark = flat(20);
    const later = one.compose(layout, (source) => (source === 'cam' ? dark : pc));
    expect(later).not.toBe(first);
    expect([lumaAt(later, 100, 100), lumaAt(later, 1100, 600), lumaAt(first, 1100, 600)]).toEqual([60, 20, 200]);
  });

  it('draws what is in front again when what is behind it changes', () => {
    const layout = layoutOf('picture-in-picture');
    const one = composer();
    one.compose(layout, pictureOf);
    const bright = flat(230);
    const later = one.compose(layout, (source) => (source === 'pc' ? bright : cam));
    expect([lumaAt(later, 100, 100), lumaAt(later, 1100, 600)]).toEqual([230, 200]);
  });

  it('shows the newest of every source on frames that went out before', () => {
    const layout = layoutOf('picture-in-picture');
    const one = composer();
    for (let tick = 0; tick < 12; tick += 1) {
      const [camera, slides] = [flat(100 + tick), flat(20 + (tick >> 2))];
      const frame = one.compose(layout, (source) => (source === 'cam' ? camera : slides));
      expect([lumaAt(frame, 100, 100), lumaAt(frame, 1100, 600)]).toEqual([20 + (tick >> 2), 100 + tick]);
      frame.release();
    }
  });

  it('never draws on a frame that an encoder still reads', () => {
    const layout = layoutOf('picture-in-picture');
    const one = composer();
    const cameras = Array.from({ length: 8 }, (_, tick) => flat(100 + tick));
    const held = cameras.map((camera) => one.compose(layout, (source) => (source === 'cam' ? camera : pc)));
    expect(held.map((frame) => lumaAt(frame, 1100, 600))).toEqual([100, 101, 102, 103, 104, 105, 106, 107]);
  });

  it('shows the card where a layout has nothing to show', () => {
    const frame = composer().compose(layoutOf('camera', []), pictureOf);
    expect([lumaAt(frame, 0, 0), lumaAt(frame, 640, 360)]).toEqual([CARD.luma, CARD.luma]);
  });

  it('draws under what lies over the tiles anew, so that it is laid over once', () => {
    const layout = layoutOf('picture-in-picture');
    const overlay = overlayFrom(Buffer.alloc(16 * 16 * 2.5, 128), { x: 0, y: 0, width: 16, height: 16 });
    const art = { background: null, overlays: [overlay] };
    const one = composer();
    const shades = [100, 101, 102].map((luma) => {
      const camera = flat(luma);
      const frame = one.compose(layout, (source) => (source === 'cam' ? camera : pc), art);
      const shade = lumaAt(frame, 4, 4);
      frame.release();
      return shade;
    });
    expect(shades).toEqual([94, 94, 94]);
  });

  it('composes a picture in picture at 720p in a few milliseconds', () => {
    const one = composer();
    const layout = layoutOf('picture-in-picture');
    const frames = [cam, flat(201)];
    const started = process.cpuUsage();
    for (let tick = 0; tick < 20; tick += 1) one.compose(layout, (source) => (source === 'cam' ? (frames[tick % 2] as Frame) : pc)).release();
    const { user, system } = process.cpuUsage(started);
    // Several times what it takes: this catches a slow path, not a compiler that is still warming up.
    expect((user + system) / 1000 / 20).toBeLessThan(20);
  });
});
