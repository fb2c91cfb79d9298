import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CountingPlaces } from '#kit/webrtc/congestion/counting-places.ts';
import type { LinkOptions } from '#kit/webrtc/testing/link-model.ts';
import { ModelledViewer } from './modelled-viewer.ts';

/** In fake time: what is asserted here is a property of the protocol, the same on every machine. */
const LINE: LinkOptions = { rateBps: 20e6, queueMs: 500, delayMs: 10, jitterMs: 0, loss: 0 };
let line: { readonly up: LinkOptions; readonly down: LinkOptions };
let student: ModelledViewer;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'], now: Date.UTC(2026, 10, 21) });
  line = { up: { ...LINE }, down: { ...LINE } };
});
afterEach(() => {
  student.close();
  vi.useRealTimers();
});

function begin(seed: number, places?: CountingPlaces | null): void {
  student = new ModelledViewer(seed, line, places);
  student.start();
  vi.advanceTimersByTime(10_000);
}

it('counts nothing on the way to a student who gets everything', () => {
  begin(1);
  expect(student.way).toBeNull();
  expect(student.layer).toBe('720p');
  expect(student.watch.freezes(Date.now() - 9_000).share).toBe(0);
});

it.each([1, 2])('with one packet in twenty lost at random the picture hardly ever stands, at the best layer (seed %i)', (seed) => {
  begin(seed);
  for (const way of [line.up, line.down]) Object.assign(way, { loss: 0.05 });
  vi.advanceTimersByTime(2_000);
  const sinceMs = Date.now();
  vi.advanceTimersByTime(60_000);
  expect(student.watch.freezes(sinceMs).share).toBeLessThan(0.01);
  expect(student.layer).toBe('720p');
}, 120_000);

/** This receiver waits most of a second for packets that were given up; a browser goes on with the first keyframe that is whole. */
it.each([
  ['a long queue', 2_000, 5_000],
  ['a usual queue', 500, 4_000],
  ['a short queue', 200, 4_000],
] as const)('cut from 3 Mbps to 600 kbps behind %s it goes on at the lower layer, sound all along, and comes back', (_what, queueMs, withinMs) => {
  Object.assign(line.down, { rateBps: 3_000_000, queueMs });
  begin(3);
  expect(student.layer).toBe('720p');
  line.down.rateBps = 600_000;
  vi.advanceTimersByTime(withinMs);
  expect(student.layer).toBe('360p');
  vi.advanceTimersByTime(8_000);
  const [sinceMs, sounds] = [Date.now(), student.sounds];
  vi.advanceTimersByTime(15_000);
  expect(student.watch.freezes(sinceMs).share).toBeLessThan(0.1);
  expect(student.sounds - sounds).toBeGreaterThan(700);
  line.down.rateBps = 3_000_000;
  vi.advanceTimersByTime(30_000);
  expect(student.layer).toBe('720p');
  vi.advanceTimersByTime(30_000);
  expect(student.way).toBeNull();
}, 120_000);

it('goes on at a lower layer by its reports alone while others take all places to count, and comes back when one is free', () => {
  const places = new CountingPlaces(1);
  expect(places.take()).toBe(true);
  line.down.rateBps = 3_000_000;
  begin(6, places);
  line.down.rateBps = 600_000;
  vi.advanceTimersByTime(10_000);
  expect(student.layer).toBe('360p');
  const [sinceMs, sounds] = [Date.now(), student.sounds];
  vi.advanceTimersByTime(15_000);
  expect(student.watch.freezes(sinceMs).share).toBeLessThan(0.1);
  expect(student.sounds - sounds).toBeGreaterThan(700);
  line.down.rateBps = 3_000_000;
  places.giveBack();
  vi.advanceTimersByTime(40_000);
  expect(student.layer).toBe('720p');
  vi.advanceTimersByTime(30_000);
  expect(student.way).toBeNull();
  expect(places.take()).toBe(true);
}, 120_000);

it('goes by its reports where its browser can tell no more: down in time, up by trying', () => {
  line.down.rateBps = 3_000_000;
  begin(7, null);
  expect([student.layer, student.way]).toEqual(['720p', null]);
  line.down.rateBps = 600_000;
  vi.advanceTimersByTime(4_000);
  expect(student.layer).toBe('360p');
  const sounds = student.sounds;
  vi.advanceTimersByTime(30_000);
  expect(student.sounds - sounds).toBeGreaterThan(1_200);
  expect(student.watch.freezes(Date.now() - 15_000).share).toBe(0);
  line.down.rateBps = 3_000_000;
  vi.advanceTimersByTime(60_000);
  expect(student.layer).toBe('720p');
  expect(student.watch.freezes(Date.now() - 10_000).share).toBe(0);
}, 120_000);

it('takes the silence of a publisher that is away for no sign of a narrow way', () => {
  begin(4);
  // The last of what it sent does not arrive, which nobody but its far end could tell.
  line.down.loss = 1;
  vi.advanceTimersByTime(60);
  student.unpublish();
  vi.advanceTimersByTime(100);
  line.down.loss = 0;
  vi.advanceTimersByTime(15_000);
  student.publish();
  vi.advanceTimersByTime(3_000);
  expect(student.layer).toBe('720p');
  expect(student.watch.freezes(Date.now() - 1_500).share).toBe(0);
});

it('gives the picture back when the way carries it again, after sound alone', () => {
  begin(5);
  line.down.rateBps = 120_000;
  vi.advanceTimersByTime(20_000);
  const sounds = student.sounds;
  vi.advanceTimersByTime(10_000);
  expect(student.sounds - sounds).toBeGreaterThan(450);
  line.down.rateBps = 3_000_000;
  vi.advanceTimersByTime(40_000);
  expect(student.layer).toBe('720p');
  expect(student.watch.freezes(Date.now() - 2_000).share).toBe(0);
}, 120_000);
