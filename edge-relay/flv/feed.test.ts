import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { aacFrame } from '#kit/media/flv.ts';
import { type Block, Feed } from './feed.ts';
import { fakeWire, LARGE, sound, START_MS, video, wordsOf } from './testing/packets.ts';

const ABOUT = { baseUs: START_MS * 1000, width: 640, height: 360 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open() {
  const blocks: Block[] = [];
  const feed = new Feed({ layer: 'source', mergeMs: 250, onBlock: (block) => blocks.push(block) });
  const picture = (atMs: number, keyframe = false, sps?: Buffer): void => feed.video(video(atMs, { keyframe, ...(sps === undefined ? {} : { sps }) }), atMs, ABOUT);
  const hear = (atMs: number, channels: 1 | 2 = 2): void => feed.audio(aacFrame(atMs, sound(atMs).data), channels);
  return { feed, blocks, picture, hear };
}

const words = (...buffers: readonly Buffer[]): string[] => {
  const wire = fakeWire();
  wire.write(Buffer.from('464c5601050000000900000000', 'hex'), ...buffers);
  return wordsOf(wire);
};

it('gathers tags for its time, and begins a block with every keyframe', () => {
  const { blocks, picture, hear } = open();
  picture(-40);
  hear(-20);
  picture(0, true);
  picture(40);
  hear(21);
  vi.advanceTimersByTime(249);
  expect(blocks).toEqual([]);
  vi.advanceTimersByTime(1);
  picture(80);
  picture(120, true);
  picture(160);
  vi.advanceTimersByTime(250);
  expect(blocks.map(({ bytes }) => words(bytes))).toEqual([['K0', 'v40', 'aac', 'a21'], ['v80'], ['K120', 'v160']]);
  expect(blocks.map(({ keyframe, pictures, firstMs, lastMs, changed }) => [keyframe, pictures, firstMs, lastMs, changed])).toEqual([
    [true, 2, 0, 40, true], [false, 1, 80, 80, false], [true, 2, 120, 160, false],
  ]);
  expect(words(blocks[0]?.sound ?? Buffer.alloc(0))).toEqual(['aac', 'a21']);
  expect([words(blocks[0]?.setup ?? Buffer.alloc(0)), words(blocks[2]?.setup ?? Buffer.alloc(0))]).toEqual([['meta', 'avc'], ['meta', 'avc', 'aac']]);
});

it('keeps what a viewer begins with: from the last keyframe that has gone out', () => {
  const { feed, picture } = open();
  const cached = (): string[][] => feed.cached.map(({ bytes }) => words(bytes));
  picture(0, true);
  expect(cached()).toEqual([]);
  feed.flush();
  picture(40);
  feed.flush();
  picture(80, true);
  expect(cached()).toEqual([['K0'], ['v40']]);
  feed.flush();
  expect(cached()).toEqual([['K80']]);
});

it('says so when parameter sets, the origin of time or the publisher changed', () => {
  const { feed, blocks, picture } = open();
  picture(0, true);
  picture(40, true);
  picture(80, true, LARGE);
  feed.video(video(120, { keyframe: true, sps: LARGE }), 120, { ...ABOUT, baseUs: 1 });
  feed.break();
  picture(160);
  feed.video(video(200, { keyframe: true, sps: LARGE }), 200, { ...ABOUT, baseUs: 1 });
  feed.flush();
  expect(blocks.map(({ changed, firstMs }) => [firstMs, changed])).toEqual([[0, true], [40, false], [80, true], [120, true], [200, true]]);
});

it.each([1, 2, 3])('goes on with the parameter sets it has where a keyframe brings some that can\'t be read: %s bytes', (bytes) => {
  const { feed, blocks, picture } = open();
  picture(0, true);
  picture(40, true, LARGE.subarray(0, bytes));
  picture(80);
  picture(120, true);
  feed.flush();
  expect(blocks.map(({ bytes: tags }) => words(tags))).toEqual([['K0', 'K40', 'v80'], ['K120']]);
  expect(blocks.map(({ changed }) => changed)).toEqual([true, false]);
});

it('shows nothing before a keyframe that can be read', () => {
  const { feed, blocks, picture } = open();
  picture(0, true, LARGE.subarray(0, 2));
  picture(40);
  feed.flush();
  expect(blocks).toEqual([]);
});

it('tells players when its sound turns from stereo to mono, and never goes back in time', () => {
  const { feed, blocks, picture, hear } = open();
  picture(40, true);
  picture(40);
  picture(39);
  hear(50, 2);
  hear(60, 1);
  feed.flush();
  expect(words(blocks[0]?.bytes ?? Buffer.alloc(0))).toEqual(['K40', 'v41', 'v42', 'aac', 'a50', 'aac', 'a60']);
});
