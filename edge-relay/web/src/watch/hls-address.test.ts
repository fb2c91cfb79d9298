import { expect, it } from 'vitest';
import { withToken } from './hls-address.ts';

it('renews the token of playlists and leaves parts alone', () => {
  expect(withToken('https://edge/hls/room-301/720p/index.m3u8?token=old&_HLS_msn=4', 'new')).toBe('https://edge/hls/room-301/720p/index.m3u8?token=new&_HLS_msn=4');
  expect(withToken('https://edge/hls/room-301/720p/4.0.m4s?sig=abc', 'new')).toBe('https://edge/hls/room-301/720p/4.0.m4s?sig=abc');
});
