import { expect, it } from 'vitest';
import { layersOf } from './layers.ts';

it('reads what the room really has, largest first', () => {
  const playlist = [
    '#EXTM3U',
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",URI="sound/index.m3u8?token=t"',
    '#EXT-X-STREAM-INF:BANDWIDTH=500000,CODECS="avc1.42c01e,mp4a.40.2",RESOLUTION=640x360,AUDIO="sound"',
    '360p/index.m3u8?token=t',
    '#EXT-X-STREAM-INF:BANDWIDTH=2000000,CODECS="avc1.42c01f,mp4a.40.2",RESOLUTION=1280x720,AUDIO="sound"',
    '720p/index.m3u8?token=t',
  ].join('\n');
  expect(layersOf(playlist)).toEqual([
    { id: '720p', height: 720 },
    { id: '360p', height: 360 },
  ]);
});

it('finds nothing in something else', () => {
  expect(layersOf('{"error":{"code":"not_live"}}')).toEqual([]);
});
