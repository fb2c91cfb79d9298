import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { captureEpochUsOf } from '#kit/media/rtmp.ts';
import { FlvRoom } from './flv-room.ts';
import type { FlvViewer } from './viewer.ts';
import { MOST_QUEUED_BYTES } from './pace.ts';
import { fakeWire, type FakeWire, LARGE, openRoom, sound, START_MS, tagsOf, video, wordsOf } from './testing/packets.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open() {
  const { clock, room, publish } = openRoom();
  const flv = new FlvRoom(room, () => clock.nowMs());
  room.attach(flv);
  const seats = new Map<FakeWire, FlvViewer | null>();
  const watch = (account = 'amy', wanted: string | null = null): FakeWire => {
    const wire = fakeWire();
    seats.set(wire, flv.add(wire, { account, protocol: 'flv', wanted }));
    return wire;
  };
  const figuresOf = (wire: FakeWire) => seats.get(wire)?.figures();
  return { clock, room, flv, publish, watch, figuresOf };
}

/** Everything that is gathered goes out. */
const settle = (): void => void vi.advanceTimersByTime(1_000);
const pictures = (wire: FakeWire): string[] => wordsOf(wire).filter((word) => /^[Kv]/.test(word));

it('begins a viewer at once with header, metadata and the group of pictures with its sound, then goes on', () => {
  const { flv, publish, watch } = open();
  const publication = publish();
  expect(flv.ready()).toBe(false);
  publication.write(sound(-21));
  for (const at of [0, 40, 80]) publication.write(video(at, { keyframe: at === 0 }));
  publication.write(sound(21));
  expect(flv.ready()).toBe(true);
  const wire = watch();
  expect(wire.written[0]?.toString('hex')).toBe('464c5601050000000900000000');
  expect(wordsOf(wire)).toEqual(['meta', 'avc', 'K0', 'aac', 'a21', 'v40', 'v80']);
  expect(captureEpochUsOf(tagsOf(wire)[0]?.data ?? Buffer.alloc(0))).toBe(START_MS * 1000);
  publication.write(video(120, { keyframe: false }));
  publication.write(sound(43, 'opus'));
  settle();
  expect(wordsOf(wire).slice(-1)).toEqual(['v120']);
});

it('gives every viewer the same bytes, not copies of them', () => {
  const { publish, watch } = open();
  const publication = publish();
  publication.write(video(0, { keyframe: true }));
  const [one, other] = [watch(), watch('ben')];
  publication.write(video(40, { keyframe: false }));
  settle();
  expect(one.written.at(-1)).toBe(other.written.at(-1));
  expect(pictures(other)).toEqual(['K0', 'v40']);
});

it('leaves pictures out for who is behind, goes on with sound, and comes back with a keyframe and its headers', () => {
  const { flv, publish, watch, figuresOf } = open();
  const publication = publish();
  publication.write(video(0, { keyframe: true }));
  publication.write(sound(1));
  const wire = watch();
  wire.queuedBytes = MOST_QUEUED_BYTES + 1;
  for (const at of [40, 80]) publication.write(video(at, { keyframe: false }));
  publication.write(sound(80));
  settle();
  wire.queuedBytes = 0;
  publication.write(video(120, { keyframe: false }));
  settle();
  publication.write(video(160, { keyframe: true }));
  publication.write(video(200, { keyframe: false }));
  settle();
  expect(wordsOf(wire)).toEqual(['meta', 'avc', 'K0', 'aac', 'a1', 'a80', 'meta', 'avc', 'aac', 'K160', 'v200']);
  expect(flv.figures).toEqual({ picturesLeftOut: 3, letGo: 0 });
  const bytesSent = wire.written.reduce((sum, { length }) => sum + length, 0);
  expect(figuresOf(wire)).toEqual({ protocol: 'flv', layer: 'source', bytesSent, queuedBytes: 0, picturesLeftOut: 3, groupsLeftOut: 1 });
});

it('lets go who reads nothing for ten seconds, and nobody else', () => {
  const { clock, flv, publish, watch } = open();
  const publication = publish();
  publication.write(video(0, { keyframe: true }));
  const [stuck, well] = [watch(), watch('ben')];
  stuck.queuedBytes = MOST_QUEUED_BYTES + 1;
  for (let at = 1_000; at <= 11_000; at += 1_000) {
    publication.write(video(at, { keyframe: true }));
    settle();
    clock.advanceMs(1_000);
  }
  expect([stuck.state, well.state, flv.sizeOf('flv'), flv.figures.letGo]).toEqual(['destroyed', 'open', 1, 1]);
});

it('serves the layer asked for, else the largest; moves viewers of one that stops, and back, never back in time', () => {
  const { publish, watch } = open();
  const publication = publish();
  const play = (fromMs: number, untilMs: number, high: boolean): void => {
    for (let at = fromMs; at < untilMs; at += 40) {
      publication.write(video(at, { keyframe: at % 1000 === 0, layer: 'low' }));
      if (high) publication.write(video(at, { keyframe: at % 1000 === 0, layer: 'high', sps: LARGE, bytes: 9 }));
      vi.advanceTimersByTime(40);
    }
    settle();
  };
  play(0, 1_000, true);
  const [best, low] = [watch(), watch('ben', 'low')];
  play(1_000, 1_200, true);
  play(1_200, 4_000, false);
  play(4_000, 6_000, true);
  const sizes = (wire: FakeWire): string => tagsOf(wire).filter(({ type, data }) => type === 9 && data[1] === 1).map(({ data }) => (data.length > 16 ? 'H' : 'l')).join('');
  expect(sizes(best)).toMatch(/^H+l+H+$/);
  expect(sizes(low)).toMatch(/^l+$/);
  for (const wire of [best, low]) {
    const times = pictures(wire).map((word) => Number(word.slice(1)));
    expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
    expect(times.at(-1)).toBe(5_960);
  }
  // From the first keyframe of the larger one on.
  expect(pictures(best).find((word) => Number(word.slice(1)) >= 4_000)).toBe('K4000');
});

it('continues over a publisher\'s return, without the time between', () => {
  const { clock, flv, publish, watch } = open();
  const first = publish();
  first.write(sound(-1));
  for (const at of [0, 40]) first.write(video(at, { keyframe: at === 0 }));
  const wire = watch();
  first.end();
  clock.advanceMs(20_000);
  flv.tick();
  const second = publish();
  second.write(sound(19_990));
  for (const at of [19_960, 20_000, 20_040]) second.write(video(at, { keyframe: at === 20_000 }));
  second.write(sound(20_040));
  settle();
  expect(wordsOf(wire)).toEqual(['meta', 'avc', 'K0', 'v40', 'meta', 'avc', 'K80', 'v120', 'aac', 'a120']);
  second.end();
  clock.advanceMs(31_000);
  expect(flv.ready()).toBe(false);
  flv.tick();
  expect([wire.state, flv.sizeOf('flv')]).toEqual(['ended', 0]);
});

it('sends away an account whose ticket is gone, and nobody else', () => {
  const { flv, publish, watch } = open();
  publish().write(video(0, { keyframe: true }));
  const [amy, ben] = [watch('amy'), watch('ben')];
  expect([...flv.accounts()]).toEqual(['amy', 'ben']);
  flv.dismiss('amy');
  expect([amy.state, ben.state, flv.sizeOf('flv')]).toEqual(['destroyed', 'open', 1]);
  ben.close();
  expect([flv.sizeOf('flv'), vi.getTimerCount()]).toEqual([0, 0]);
});
