import { expect, it, vi } from 'vitest';
import type { AudioPacket, MediaPacket, VideoPacket } from '#kit/media/packet.ts';
import { createLog } from '#kit/process/log.ts';
import { ClassFeed } from './class-feed.ts';

const log = createLog('test');
const video = (captureUs: number, keyframe = false, layer = '720p'): VideoPacket => ({
  kind: 'video', codec: 'h264', layer, captureUs, durationUs: 40_000, keyframe, data: Buffer.alloc(1),
});
const audio = (captureUs: number): AudioPacket => ({ kind: 'audio', codec: 'aac', captureUs, durationUs: 20_000, channels: 2, data: Buffer.alloc(1) });

function collected(feed: ClassFeed, write: () => void): number[] {
  const seen: MediaPacket[] = [];
  const detach = feed.bus.attach({ name: 'collector', write: (packet) => void seen.push(packet) }, { fromCache: true });
  write();
  detach();
  return seen.map(({ captureUs }) => captureUs);
}

it('passes nothing outside a class', () => {
  const feed = new ClassFeed(log);
  const seen = collected(feed, () => {
    feed.write(video(0, true));
    feed.begin(10);
    feed.end();
    feed.write(video(20, true));
  });
  expect([seen, feed.bus.cache.packets(), feed.admits(30)]).toEqual([[], [], false]);
});

it('begins with the first keyframe after the press, though older frames arrive after it', () => {
  const feed = new ClassFeed(log);
  feed.write(video(0, true));
  feed.begin(100);
  const seen = collected(feed, () => {
    for (const packet of [video(80, true), audio(90), video(120), audio(130), video(140), video(200, true), audio(190), video(240), video(180, true, '360p')]) feed.write(packet);
  });
  expect(seen).toEqual([130, 200, 190, 240, 180]);
  expect([feed.admits(99), feed.admits(100)]).toEqual([false, true]);
});

it('takes everything where no program ran at the press, and goes on through a clock that was set back', () => {
  const feed = new ClassFeed(log);
  feed.begin(null);
  expect(collected(feed, () => [video(5, true), video(45), video(-3_600_000_000, true), video(-3_599_960_000)].forEach((packet) => feed.write(packet)))).toHaveLength(4);
});

it('remembers the time before where a school wants that, and no more than that', () => {
  const feed = new ClassFeed(log, 2_000_000);
  for (let second = 0; second < 10; second += 1) feed.write(video(second * 1_000_000, true));
  feed.begin(9_500_000);
  expect(collected(feed, () => feed.write(video(10_000_000, true)))).toEqual([9_000_000, 10_000_000]);
  expect(feed.admits(7_500_000)).toBe(true);
});

it('remembers no more than that when the clock is set back by hours: neither what was before nor what comes after', () => {
  const feed = new ClassFeed(log, 2_000_000);
  const [aheadUs, step] = [8 * 3_600_000_000, 1_000_000];
  for (let second = 0; second < 5; second += 1) feed.write(video(aheadUs + second * step, true));
  for (let second = 0; second < 600; second += 1) feed.write(video(second * step, true));
  feed.begin(599_500_000);
  const seen: number[] = [];
  feed.attach({ name: 'recorder', write: ({ captureUs }) => void seen.push(captureUs / step) });
  expect(seen).toEqual([598, 599]);
});

it('begins without what was captured under another clock, set just before the press', () => {
  const feed = new ClassFeed(log, 2_000_000);
  const aheadUs = 8 * 3_600_000_000;
  for (let second = 0; second < 5; second += 1) feed.write(video(aheadUs + second * 1_000_000, true));
  feed.begin(5_500_000);
  expect(collected(feed, () => feed.write(video(6_000_000, true)))).toEqual([6_000_000]);
});

it('keeps the class for a recorder that is still opening its files, from its beginning', () => {
  const feed = new ClassFeed(log, 3_000_000);
  for (let second = 0; second < 10; second += 1) feed.write(video(second * 1_000_000, true));
  feed.begin(9_500_000);
  feed.write(video(10_000_000, true));
  const seen: number[] = [];
  const detach = feed.attach({ name: 'recorder', write: ({ captureUs }) => void seen.push(captureUs / 1_000_000) });
  feed.write(video(11_000_000, true));
  detach();
  expect(seen).toEqual([7, 8, 9, 10, 11]);
  // Whoever comes after it is given what every newcomer is.
  const second: number[] = [];
  feed.attach({ name: 'recorder', write: ({ captureUs }) => void second.push(captureUs / 1_000_000) });
  expect(second).toEqual([11]);
});

it('keeps no more than a recorder lets wait, and nothing once the class is over', () => {
  const feed = new ClassFeed(log);
  feed.begin(0);
  for (let second = 0; second < 20; second += 1) feed.write(video(second * 1_000_000, true));
  feed.end();
  feed.begin(20_000_000);
  for (let second = 20; second < 60; second += 1) feed.write(video(second * 1_000_000, true));
  const seen: number[] = [];
  feed.attach({ name: 'recorder', write: ({ captureUs }) => void seen.push(captureUs / 1_000_000) });
  expect([seen[0], seen.at(-1)]).toEqual([29, 59]);
});

it('ends at the press: what was captured before it still comes, what was captured after it does not', async () => {
  const feed = new ClassFeed(log);
  feed.begin(0);
  let completed = false;
  let completing = Promise.resolve();
  const seen = collected(feed, () => {
    for (const packet of [video(0, true), audio(0), video(40)]) feed.write(packet);
    feed.endAt(100);
    completing = feed.complete().then(() => void (completed = true));
    for (const packet of [audio(80), audio(100), video(80)]) feed.write(packet);
  });
  await Promise.resolve();
  expect([seen, completed, feed.admits(99), feed.admits(100)]).toEqual([[0, 0, 40, 80, 80], false, true, false]);
  feed.write(video(120));
  await completing;
  feed.end();
});

it('waits for what is in the encoder no longer than that can take', async () => {
  vi.useFakeTimers();
  const feed = new ClassFeed(log);
  await feed.complete();
  feed.begin(0);
  feed.write(video(0, true));
  feed.endAt(100);
  const completing = feed.complete();
  await vi.advanceTimersByTimeAsync(2_000);
  await completing;
  vi.useRealTimers();
});
