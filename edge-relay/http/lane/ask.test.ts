import { expect, it } from 'vitest';
import { readAsk } from './ask.ts';

const SIG = 'a_-'.repeat(14) + 'Z';

it.each([
  ['/hls/room-1/720p/index.m3u8?token=a.b-c_d', { kind: 'playlist', room: 'room-1', track: '720p', token: 'a.b-c_d', directives: {} }],
  ['/hls/room-1/720p/index.m3u8?token=t&_HLS_msn=12&_HLS_part=3', { kind: 'playlist', room: 'room-1', track: '720p', token: 't', directives: { msn: 12, part: 3 } }],
  ['/hls/r/audio/index.m3u8?token=t&_HLS_msn=12&_HLS_skip=YES', { kind: 'playlist', room: 'r', track: 'audio', token: 't', directives: { msn: 12, skip: true } }],
  [`/hls/room-1/720p/part-12.3.m4s?sig=${SIG}&until=1790000000`, { kind: 'part', room: 'room-1', name: '720p/part-12.3.m4s', sig: SIG, until: 1_790_000_000 }],
  [`/hls/room-1/audio/init-0.mp4?sig=${SIG}&until=1`, { kind: 'part', room: 'room-1', name: 'audio/init-0.mp4', sig: SIG, until: 1 }],
])('reads %s', (url, ask) => {
  expect(readAsk(url)).toEqual(ask);
});

it.each([
  '/hls/room-1/720p/index.m3u8', '/hls/room-1/index.m3u8?token=t', '/hls/-room/720p/index.m3u8?token=t', '/hls/room-1/720p/index.m3u8?token=t&token=u',
  '/hls/room-1/720p/index.m3u8?token=t&more=1', '/hls/room-1/720p/index.m3u8?token=%41', '/hls/room-1/720p/index.m3u8?_HLS_msn=1', '/hls/room-1/720p/index.m3u8?_HLS_msn=12&_HLS_part=3&token=t', '/hls/room-1/720p/index.m3u8?token=t&_HLS_part=3&_HLS_msn=1', '/hls/room-1/720p/index.m3u8?token=t&_HLS_msn=',
  '/hls/room-1/720p/index.m3u8?token=t&_HLS_msn=-1', '/hls/room-1/720p/index.m3u8?token=t&_HLS_skip=no', '/hls/room-1/720p/index.m3u8?token=t&__proto__=x', '/hls/room-1/720p/index.m3u8?token=t&',
  `/hls/room-1/720p/part-1.0.m4s?until=1&sig=${SIG}`, `/hls/room-1/720p/part-1.0.m4s?sig=${SIG}x&until=1`, `/hls/room-1/720p/../part-1.0.m4s?sig=${SIG}&until=1`,
  `/hls/room-1//part-1.0.m4s?sig=${SIG}&until=1`, `/hls/room-1/720p/part-1.0.m4s?sig=${SIG}&until=1e9`, `http://x/hls/room-1/720p/part-1.0.m4s?sig=${SIG}&until=1`, '', '/',
])('leaves %s to the routes', (url) => {
  expect(readAsk(url)).toBeNull();
});
