import type { FuzzTarget } from '#kit/testing/fuzz.ts';
import { laneRequest } from './lane-request.ts';

const SIG = 'a_-'.repeat(14) + 'Z';
const SEEDS = [
  '/hls/room-1/720p/index.m3u8?token=a.b.c', '/hls/room-1/720p/index.m3u8?token=a&_HLS_msn=1790000000&_HLS_part=3&_HLS_skip=YES',
  `/hls/room-1/720p/part-12.3.m4s?sig=${SIG}&until=1790000000`, `/hls/room-1/audio/init-0.mp4?sig=${SIG}&until=1790000000`,
];

/** Whatever the lane takes must mean to it what it means to everybody else. */
export const laneTarget: FuzzTarget = {
  name: 'hls-lane',
  seeds: () => SEEDS.map((seed) => Buffer.from(seed)),
  feed: (input) => {
    const text = input.toString('latin1');
    const ask = laneRequest(text);
    if (ask === null) return;
    const { pathname, searchParams } = new URL(text, 'http://edge');
    const path = ask.kind === 'part' ? `/hls/${ask.room}/${ask.name}` : `/hls/${ask.room}/${ask.track}/index.m3u8`;
    if (pathname !== path) throw new Error(`taken for ${path}`);
    const asked = ask.kind === 'part' ? { sig: ask.sig, until: ask.until } : { token: ask.token, _HLS_msn: ask.directives.msn, _HLS_part: ask.directives.part };
    for (const [name, value] of Object.entries(asked)) {
      const [given] = searchParams.getAll(name);
      if (value !== (typeof value === 'number' ? Number(given) : given)) throw new Error(`${name} taken for ${value}`);
    }
  },
};
