import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LinkOptions } from '#kit/webrtc/testing/link-model.ts';
import { ModelledClass } from './modelled-class.ts';

/** In fake time: what is asserted here is a property of the protocol, the same on every machine. */
const LINE: LinkOptions = { rateBps: 20e6, queueMs: 500, delayMs: 10, jitterMs: 0, loss: 0 };
let line: { readonly up: LinkOptions; readonly down: LinkOptions };
let lesson: ModelledClass;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'], now: Date.UTC(2026, 10, 21) });
  line = { up: { ...LINE }, down: { ...LINE } };
});
afterEach(() => {
  lesson.close();
  vi.useRealTimers();
});

function begin(seed: number): void {
  lesson = new ModelledClass(seed, line);
  lesson.start();
  vi.advanceTimersByTime(5_000);
}

it.each([1, 2])('with one packet in twenty lost and 100 ms of jitter both ways the picture hardly ever stands (seed %i)', (seed) => {
  begin(seed);
  for (const way of [line.up, line.down]) Object.assign(way, { loss: 0.05, jitterMs: 100 });
  vi.advanceTimersByTime(2_000);
  const sinceMs = Date.now();
  vi.advanceTimersByTime(30_000);
  expect(lesson.watch.freezes(sinceMs).share).toBeLessThan(0.01);
  expect(lesson.layers).toEqual(['720p', '360p']);
}, 120_000);

it('cut to 800 kbps it goes on at the lower rendition within 5 s, and comes back to both', () => {
  begin(3);
  Object.assign(line.up, { rateBps: 800_000 });
  vi.advanceTimersByTime(5_000);
  expect(lesson.layers).not.toContain('720p');
  const before = lesson.watch.frames;
  vi.advanceTimersByTime(15_000);
  // Now and then the queue is let run dry, up to the next keyframe.
  expect(lesson.watch.frames - before).toBeGreaterThan(280);
  Object.assign(line.up, LINE);
  vi.advanceTimersByTime(45_000);
  expect(lesson.layers).toEqual(['720p', '360p']);
}, 120_000);

it('does not feed a queue that overflows with what it lost', () => {
  begin(4);
  const { retransmitted } = lesson.stats.box;
  Object.assign(line.up, { rateBps: 800_000 });
  vi.advanceTimersByTime(5_000);
  expect(lesson.stats.box.retransmitted - retransmitted).toBeLessThan(400);
}, 120_000);
