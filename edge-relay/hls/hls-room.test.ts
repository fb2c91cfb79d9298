import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { manualClock } from '#kit/media/clock.ts';
import { findBox, walkBoxes } from '#kit/media/fmp4.ts';
import { joinNalUnits } from '#kit/media/h264.ts';
import type { AudioPacket, VideoPacket } from '#kit/media/packet.ts';
import { asked } from './asker.ts';
import { HlsRoom } from './hls-room.ts';
import type { HlsResource, MediaRequest } from './track-server.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const SPS = hex('6742c00cd901419f9f011000000300100000030320f142a480');
const OTHER_SPS = hex('67640028acd940780227e5c044000003000400000300c83c60c658');
const PPS = hex('68cb83cb20');
const START_US = 1_767_225_600_000_000;
const MSN = 1_767_225_600;
const FRAME_US = 40_000;


const clock = manualClock(START_US / 1000);

function frame(index: number, layer: string = '180p', sps: Buffer = SPS): VideoPacket {
  const keyframe = index % 25 === 0;
  const data = keyframe ? joinNalUnits([sps, PPS, hex('658884aa')]) : joinNalUnits([hex('419a11')]);
  return { kind: 'video', codec: 'h264', layer, captureUs: START_US + index * FRAME_US, durationUs: FRAME_US, keyframe, data };
}

function sound(index: number): AudioPacket {
  const durationUs = (1024 * 1_000_000) / 48_000;
  return { kind: 'audio', codec: 'aac', captureUs: Math.round(START_US + index * durationUs), durationUs, channels: 2, data: hex('211004608c1c') };
}

/** Writes `[from, to)` seconds of both layers and sound, in capture order. */
function write(room: HlsRoom, from: number, to: number, sps: Buffer = SPS): void {
  const video = Array.from({ length: (to - from) * 25 }, (_, index) => from * 25 + index).flatMap((index) => [frame(index, '180p', sps), frame(index, '90p')]);
  const first = Math.ceil((from * 48_000) / 1024);
  const audio = Array.from({ length: Math.floor(((to - from) * 48_000) / 1024) }, (_, index) => sound(first + index));
  for (const packet of [...video, ...audio].toSorted((one, other) => one.captureUs - other.captureUs)) room.write(packet);
}

let room: HlsRoom;
beforeEach(() => {
  room = new HlsRoom({ room: 'room-1', clock });
});
afterEach(() => {
  room.close();
  vi.useRealTimers();
});

/** A media playlist as text. */
const textOf = async (of: HlsRoom, track: string, request: MediaRequest, part: (segment: number) => string = () => ''): Promise<string> => String((await asked<HlsResource>((asker) => of.media(track, request, { playlist: '', part }, asker))).body);

/** Bytes of the room in hand. */
const resource = (name: string): Promise<HlsResource> => asked((asker) => room.resource(name, asker));

const lines = async (track: string, pattern: RegExp): Promise<string[]> => (await textOf(room, track, {})).split('\n').filter((line) => pattern.test(line));

/** Decode time in ticks of a part's or segment's first sample. */
function decodeTime(body: Buffer): number {
  const moof = walkBoxes(body).find((box) => box.type === 'moof');
  return Number(findBox(moof?.payload ?? Buffer.alloc(0), ['traf', 'tfdt'])?.readBigUInt64BE(4));
}

describe('a class', () => {
  test('is ready with a second of picture and sound, without sound after three', () => {
    expect(room.ready()).toBe(false);
    for (let index = 0; index < 50; index += 1) room.write(frame(index));
    expect(room.ready()).toBe(false);
    for (let index = 50; index < 80; index += 1) room.write(frame(index));
    expect(room.ready()).toBe(true);
    const other = new HlsRoom({ room: 'room-2', clock });
    write(other, 0, 1.28);
    expect(other.ready()).toBe(true);
    other.close();
  });

  test('lists whole segments with the same numbers on every track', async () => {
    write(room, 0, 7);
    const expected = [0, 1, 2, 3].map((index) => `segment-${MSN + index}.m4s`);
    write(room, 7, 7.2);
    for (const track of ['180p', '90p', 'audio']) expect(await lines(track, /^segment/)).toEqual(expected);
    expect(await lines('180p', /EXTINF/)).toEqual(['#EXTINF:1.00000,', '#EXTINF:2.00000,', '#EXTINF:2.00000,', '#EXTINF:2.00000,']);
  });

  test('a segment is its parts, each on the media timeline where its capture time puts it', async () => {
    write(room, 0, 4);
    const { body } = await resource(`180p/segment-${MSN + 1}.m4s`);
    const parts = await Promise.all(Array.from({ length: 10 }, (_, part) => resource(`180p/part-${MSN + 1}.${part}.m4s`)));
    expect(Buffer.concat(parts.map((part) => part.body))).toEqual(body);
    expect(parts.map((part) => decodeTime(part.body))).toEqual(Array.from({ length: 10 }, (_, part) => 90_000 + part * 18_000));
    expect(decodeTime((await resource(`180p/part-${MSN + 2}.0.m4s`)).body)).toBe(270_000);
    expect((await resource('audio/init-0.mp4')).contentType).toBe('audio/mp4');
  });

  test('the multivariant playlist has sizes, codecs and the viewer query', () => {
    write(room, 0, 3);
    const text = room.multivariant('token=abc');
    expect(text).toContain('CODECS="avc1.42c00c,mp4a.40.2",RESOLUTION=320x180,FRAME-RATE=25.000,AUDIO="audio"\n180p/index.m3u8?token=abc');
    expect(text).toContain('URI="audio/index.m3u8?token=abc"');
  });

  test('a layer that stopped is not offered, unless all did', () => {
    write(room, 0, 2);
    clock.advanceMs(6_000);
    for (let index = 50; index < 75; index += 1) room.write(frame(index));
    expect(room.multivariant('')).not.toContain('90p');
    clock.advanceMs(6_000);
    expect(room.multivariant('')).toContain('90p');
  });

  test('a layer that comes back later has gaps where it was missing', async () => {
    write(room, 0, 3);
    for (let index = 75; index < 200; index += 1) room.write(frame(index));
    for (let index = 200; index < 300; index += 1) [frame(index), frame(index, '90p')].forEach((packet) => room.write(packet));
    const missing = [2, 3].flatMap((index) => ['#EXT-X-GAP', `segment-${MSN + index}.m4s`]);
    expect(await lines('90p', /^segment|GAP/)).toEqual([`segment-${MSN}.m4s`, `segment-${MSN + 1}.m4s`, ...missing, `segment-${MSN + 4}.m4s`, `segment-${MSN + 5}.m4s`]);
    await expect(resource(`90p/segment-${MSN + 2}.m4s`)).rejects.toMatchObject({ code: 'not_found', status: 404 });
  });

  test('thirty seconds and more stay, older ones go', async () => {
    write(room, 0, 100);
    const listed = await lines('180p', /^segment/);
    expect(listed.length * 2).toBeGreaterThanOrEqual(30);
    expect(listed.length * 2).toBeLessThanOrEqual(40);
    await expect(resource(`180p/segment-${MSN}.m4s`)).rejects.toMatchObject({ code: 'not_found' });
    await expect(resource('180p/init-0.mp4')).resolves.toBeDefined();
  });
});

describe('the target durations', () => {
  const TRACKS = ['180p', '90p', 'audio'];
  /** Both layers, with keyframes at these seconds, and sound; every half second what each playlist says is added to `told`. */
  async function play(keyframes: readonly number[], told: Set<string>): Promise<void> {
    const indexes = new Set(keyframes.map((second) => Math.round(second * 25)));
    const last = Math.round((keyframes.at(-1) ?? 0) * 25);
    for (let index = 0, heard = 0; index <= last; index += 1) {
      for (const layer of ['180p', '90p']) room.write({ ...frame(indexes.has(index) ? 0 : 1, layer), captureUs: START_US + index * FRAME_US });
      for (; sound(heard).captureUs <= START_US + index * FRAME_US; heard += 1) room.write(sound(heard));
      if (index % 12 === 0 && room.ready()) for (const track of TRACKS) for (const line of await lines(track, /TARGET/)) told.add(line);
    }
  }

  test('stay the same on every track for as long as the playlists live, and no segment is longer', async () => {
    const told = new Set<string>();
    await play([0, 1, 2, 3, 7.2, 8, 9, 16, 17, 18, 19, 20, 24], told);
    expect([...told]).toEqual(['#EXT-X-TARGETDURATION:3', '#EXT-X-PART-INF:PART-TARGET=0.22000']);
    for (const track of TRACKS) {
      const durations = (await lines(track, /EXTINF/)).map((line) => Number(/[\d.]+/.exec(line)?.[0]));
      expect(durations.reduce((sum, seconds) => sum + seconds, 0)).toBeGreaterThan(20);
      expect(Math.max(...durations)).toBeLessThan(3.5);
      expect(await lines(track, /^segment|GAP/)).toEqual(await lines('180p', /^segment/));
    }
    // A segment that was cut within a group says so where a player looks for a beginning.
    expect(room.multivariant('')).not.toContain('INDEPENDENT-SEGMENTS');
  });

  test('of our own encoders promise that every segment can be begun with', async () => {
    await play([0, 1, 2, 3, 4, 5, 6, 7], new Set());
    expect(room.multivariant('')).toContain('INDEPENDENT-SEGMENTS');
  });

  test('hold where the picture stops for a while and its sound goes on', async () => {
    write(room, 0, 5.8);
    const first = Math.ceil((5.8 * 48_000) / 1024);
    for (let index = first; index < first + 130; index += 1) room.write(sound(index));
    write(room, 8.6, 12);
    const durations = (await lines('audio', /EXTINF/)).map((line) => Number(/[\d.]+/.exec(line)?.[0]));
    expect(Math.max(...durations)).toBeLessThan(3.5);
    expect(durations.reduce((sum, seconds) => sum + seconds, 0)).toBeGreaterThan(9.9);
    expect(await lines('audio', /^segment/)).toEqual(await lines('180p', /^segment/));
  });

  test('hold for pictures that last longer than a part', async () => {
    write(room, 0, 2);
    for (let second = 2; second < 6; second += 0.5) room.write({ ...frame(second % 1 === 0 ? 0 : 1), captureUs: START_US + second * 1_000_000, durationUs: 500_000 });
    const longest = Math.max(...(await lines('180p', /^#EXT-X-PART:/)).map((line) => Number(/DURATION=([\d.]+)/.exec(line)?.[1])));
    expect(longest).toBe(0.22);
    expect(await lines('180p', /PART-TARGET/)).toEqual(['#EXT-X-PART-INF:PART-TARGET=0.22000']);
  });
});

describe('another publisher', () => {
  test('begins a new era on every track at its first keyframe', async () => {
    write(room, 0, 3);
    room.discontinuity();
    room.write(frame(76));
    write(room, 4, 6);
    for (const track of ['180p', '90p', 'audio']) {
      expect(await lines(track, /^segment|DISCONTINUITY/)).toEqual(['#EXT-X-DISCONTINUITY-SEQUENCE:0', `segment-${MSN}.m4s`, `segment-${MSN + 1}.m4s`, '#EXT-X-DISCONTINUITY', `segment-${MSN + 2}.m4s`]);
    }
  });

  test('with another configuration gets an initialisation segment of its own, once', async () => {
    write(room, 0, 3);
    write(room, 3, 6, OTHER_SPS);
    expect(await lines('180p', /MAP|DISCONTINUITY$/)).toEqual(['#EXT-X-MAP:URI="init-0.mp4"', '#EXT-X-DISCONTINUITY', '#EXT-X-MAP:URI="init-1.mp4"']);
    expect(await lines('90p', /DISCONTINUITY$/)).toEqual(['#EXT-X-DISCONTINUITY']);
    expect(room.multivariant('')).toContain('RESOLUTION=1920x1080');
  });
});

describe('a publisher that sends less than the one before', () => {
  /** Plays `[from, to)` seconds of these layers in real time, with sound of so many channels. */
  function play(from: number, to: number, layers: readonly string[], channels: 1 | 2 | null): void {
    const soundFrom = Math.ceil((from * 48_000) / 1024);
    const audio = channels === null ? [] : Array.from({ length: Math.floor(((to - from) * 48_000) / 1024) }, (_, index) => ({ ...sound(soundFrom + index), channels }));
    const video = Array.from({ length: (to - from) * 25 }, (_, index) => from * 25 + index).flatMap((index) => layers.map((layer) => frame(index, layer)));
    for (const packet of [...video, ...audio].toSorted((one, other) => one.captureUs - other.captureUs)) {
      clock.advanceMs(Math.max(0, packet.captureUs / 1000 - playedMs - clock.nowMs()));
      room.write(packet);
    }
  }
  /** By how much the capture times are ahead of the clock that all tests share. */
  let playedMs = 0;
  beforeEach(() => {
    playedMs = START_US / 1000 - clock.nowMs();
    play(0, 4, ['720p', '360p'], 2);
    room.discontinuity();
  });

  test('tells the players of a layer that does not come back to load the multivariant playlist, which is without it', async () => {
    play(5, 7, ['source'], 2);
    const waiting = textOf(room, '720p', { msn: MSN + 5, part: 0 }).catch((error: unknown) => error);
    play(7, 10, ['source'], 2);
    expect(await waiting).toMatchObject({ code: 'not_found', status: 404 });
    for (const track of ['720p', '360p']) await expect(async () => textOf(room, track, {})).rejects.toMatchObject({ code: 'not_found', status: 404 });
    expect(room.multivariant('').match(/\w+\/index\.m3u8$/gm)).toEqual(['source/index.m3u8']);
    expect(await lines('source', /RENDITION-REPORT.*\d+p/)).toEqual([]);
    expect((await resource(`720p/segment-${MSN}.m4s`)).body.length).toBeGreaterThan(0);
  });

  test('gives a layer that is not back yet gaps in the new era, and answers who waits there', async () => {
    const waiting = textOf(room, '720p', { msn: MSN + 3, part: 0 });
    play(5, 8, ['360p'], 2);
    expect(await waiting).toMatch(/#EXT-X-DISCONTINUITY\n(.*\n){1,3}#EXT-X-GAP\n/);
    play(8, 12, ['360p'], 2);
    expect(room.multivariant('')).not.toContain('720p/');
    play(12, 15, ['720p', '360p'], 2);
    expect(await lines('720p', /^segment|DISCONTINUITY/)).toEqual(await lines('360p', /^segment|DISCONTINUITY/));
    expect(room.multivariant('')).toContain('720p/');
  });

  test('leaves the class silent rather than waiting for sound', async () => {
    play(5, 10, ['720p', '360p'], null);
    const [sequences, newest] = [await Promise.all(['720p', 'audio'].map((track) => lines(track, /^segment|DISCONTINUITY/))), (await lines('audio', /^#EXT-X-PART:/)).length];
    expect(sequences[1]).toEqual(sequences[0]);
    expect(newest).toBeGreaterThan(5);
    play(10, 15, ['720p', '360p'], 2);
    expect(await lines('audio', /^segment|DISCONTINUITY|GAP/)).toEqual(await lines('720p', /^segment|DISCONTINUITY|GAP/));
  });

  test('changes to mono in a new era with an initialisation segment of its own', async () => {
    play(5, 8, ['720p', '360p'], 1);
    expect(await lines('audio', /MAP|DISCONTINUITY$/)).toEqual(['#EXT-X-MAP:URI="init-0.mp4"', '#EXT-X-DISCONTINUITY', '#EXT-X-MAP:URI="init-1.mp4"']);
    expect(room.multivariant('')).toContain('CHANNELS="1"');
    play(8, 12, ['720p', '360p'], 2);
    expect(await lines('audio', /MAP|DISCONTINUITY$/)).toEqual([
      '#EXT-X-MAP:URI="init-0.mp4"', '#EXT-X-DISCONTINUITY', '#EXT-X-MAP:URI="init-1.mp4"', '#EXT-X-DISCONTINUITY', '#EXT-X-MAP:URI="init-2.mp4"',
    ]);
    expect(await lines('720p', /DISCONTINUITY$/)).toHaveLength(2);
  });
});

describe('waiting', () => {
  /** The first segment is whole, the second has five parts. */
  beforeEach(() => write(room, 0, 2));

  test('a playlist request is held until its part is there, then all are answered', async () => {
    const answers = Promise.all([1, 2, 3].map(() => textOf(room, '180p', { msn: MSN + 1, part: 5 })));
    write(room, 2, 2.24);
    for (const text of await answers) expect(text).toContain(`"part-${MSN + 1}.5.m4s",INDEPENDENT`);
  });

  test.each([
    ['a part beyond the segment stands for the next segment', { msn: MSN + 1, part: 40 }],
    ['a whole segment', { msn: MSN + 1 }],
  ])('%s', async (_, request) => {
    const answer = textOf(room, '180p', request);
    write(room, 2, 3.24);
    expect(await answer).toContain(`\nsegment-${MSN + 1}.m4s`);
  });

  test('what is already there is answered at once', async () => {
    await expect(textOf(room, '180p', { msn: MSN + 1, part: 2 })).resolves.toContain('#EXTM3U');
    await expect(textOf(room, '180p', { msn: 3 })).resolves.toContain('#EXTM3U');
  });

  test('a playlist without a whole segment is none: players would refuse it', async () => {
    const young = new HlsRoom({ room: 'room-2', clock });
    write(young, 0, 0.6);
    expect(young.ready()).toBe(false);
    const answer = textOf(young, '180p', {});
    write(young, 0.6, 1.04);
    expect(await answer).toContain(`\nsegment-${MSN}.m4s`);
  });

  test('the hinted part is held until its bytes are there', async () => {
    const [hint = ''] = await lines('180p', /PRELOAD-HINT/);
    expect(hint).toContain(`URI="part-${MSN + 1}.5.m4s"`);
    const answer = resource(`180p/part-${MSN + 1}.5.m4s`);
    write(room, 2, 2.24);
    expect(decodeTime((await answer).body)).toBe(180_000);
  });

  test('after a segment of the usual length the next one is hinted', async () => {
    write(room, 2, 3);
    expect(await lines('180p', /PRELOAD-HINT/)).toEqual([`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-${MSN + 2}.0.m4s"`]);
  });

  test('a hinted part that never comes is not found as soon as that is known', async () => {
    const answer = expect(resource(`180p/part-${MSN + 1}.5.m4s`)).rejects.toMatchObject({ code: 'not_found' });
    room.discontinuity();
    await answer;
  });

  test('when nothing comes, the answer is 503 and says when to ask again', async () => {
    vi.useFakeTimers();
    const answer = expect(textOf(room, '180p', { msn: MSN + 1, part: 9 })).rejects.toMatchObject({ code: 'no_media', status: 503 });
    // Three target durations.
    await vi.advanceTimersByTimeAsync(9_000);
    await answer;
  });

  test('the end of the class is told to those who wait for what will not come', async () => {
    room.write(frame(50));
    const [last, never] = [textOf(room, '180p', { msn: MSN + 1, part: 5 }), textOf(room, '180p', { msn: MSN + 1, part: 9 })];
    room.close();
    expect(await last).not.toContain('#EXT-X-ENDLIST');
    expect(await never).toContain('#EXT-X-ENDLIST');
  });
});

describe('signatures', () => {
  const ADDRESS = /(?:part|segment|init)-[\d.]+\.\w+\?sig=\d+/g;
  const sig = (segment: number): string => `sig=${segment}`;

  test('an address never changes once it is announced: that of the next part neither, nor the initialisation segment\'s', async () => {
    write(room, 0, 3);
    const addresses = new Map<string, string>();
    for (let from = 3; from < 45; from += 0.5) {
      for (const address of (await textOf(room, '180p', {}, sig)).match(ADDRESS) ?? []) {
        const [name = '', query = ''] = address.split('?');
        expect(addresses.get(name) ?? query).toBe(query);
        addresses.set(name, query);
      }
      write(room, from, from + 0.5);
    }
    expect(addresses.get(`part-${MSN + 2}.0.m4s`)).toBe(sig(MSN + 2));
    expect(addresses.get('init-0.mp4')).toBe(sig(MSN));
  });

  test('caches may keep a playlist longer that was waited for', async () => {
    write(room, 0, 2);
    const waiting = asked<HlsResource>((asker) => room.media('180p', { msn: MSN + 1, part: 5 }, { playlist: '', part: sig }, asker));
    write(room, 2, 2.24);
    expect((await waiting).maxAgeSeconds).toBe(18);
    expect((await asked<HlsResource>((asker) => room.media('180p', {}, { playlist: '', part: sig }, asker))).maxAgeSeconds).toBe(1);
  });
});

describe('bad input', () => {
  test.each([
    ['a part without its segment', { part: 1 }],
    ['a segment far ahead', { msn: MSN + 100 }],
  ])('%s is the player\'s mistake', async (_, request) => {
    write(room, 0, 1);
    await expect(textOf(room, '180p', request)).rejects.toMatchObject({ code: 'bad_request', status: 400 });
  });

  test.each(['', '180p', '180p/', '180p/../index', '180p/part-x.m4s', '180p/part-1.0.m4s', '180p/init-9.mp4', '1080p/init-0.mp4', 'audio/segment-99999999999999.m4s'])('resource %j is not found', async (name) => {
    write(room, 0, 1);
    await expect(async () => resource(name)).rejects.toMatchObject({ code: 'not_found', status: 404 });
  });

  test('before anything came', () => {
    expect(() => room.multivariant('')).toThrow(expect.objectContaining({ code: 'not_live', status: 404 }));
  });

  test('unreadable parameter sets, odd layer names and too many layers are not taken', () => {
    room.write({ ...frame(0), data: joinNalUnits([hex('6742'), PPS, hex('6588')]) });
    for (const layer of ['audio', '../x', '', 'x'.repeat(40)]) room.write(frame(0, layer));
    expect(() => room.multivariant('')).toThrow(expect.objectContaining({ code: 'not_live' }));
    for (let layer = 0; layer < 20; layer += 1) for (let index = 0; index < 30; index += 1) room.write(frame(index, `layer-${layer}`));
    expect(room.multivariant('').match(/STREAM-INF/g)).toHaveLength(8);
  });
});

test('a layer that stops goes on in gaps, so that players leave it, and is taken up where the others are', async () => {
  write(room, 0, 4);
  for (let second = 4; second < 10; second += 1) {
    clock.advanceMs(1000);
    for (let index = second * 25; index < (second + 1) * 25; index += 1) room.write(frame(index, '90p'));
  }
  expect((await lines('180p', /^#EXT-X-GAP/)).length).toBeGreaterThan(1);
  expect(await lines('90p', /^#EXT-X-GAP/)).toEqual([]);
  const sequence = async (track: string) => Number((await lines(track, /^#EXT-X-MEDIA-SEQUENCE/))[0]?.split(':')[1]) + (await lines(track, /^#EXTINF/)).length;
  expect(Math.abs((await sequence('180p')) - (await sequence('90p')))).toBeLessThanOrEqual(1);
  clock.advanceMs(1000);
  write(room, 10, 14);
  expect(await sequence('180p')).toBe(await sequence('90p'));
  expect((await lines('180p', /^#EXT-X-PART:/)).length).toBeGreaterThan(5);
});
