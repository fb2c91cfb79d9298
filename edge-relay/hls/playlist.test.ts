import { describe, expect, test } from 'vitest';
import { type MediaPlaylist, mediaPlaylist, multivariantPlaylist, type PlaylistSegment } from './playlist.ts';

const START_US = Date.UTC(2026, 0, 1) * 1000;

function segment(index: number, over: Partial<PlaylistSegment> = {}): PlaylistSegment {
  const parts = [
    { uri: `p${index}.0`, durationUs: 200_000, independent: true },
    { uri: `p${index}.1`, durationUs: 200_000, independent: false },
  ];
  return { uri: `s${index}`, startUs: START_US + index * 2_000_000, durationUs: 2_000_000, era: 0, mapUri: 'i0', parts, complete: true, gap: false, ...over };
}
const playlist = (segments: readonly PlaylistSegment[], over: Partial<MediaPlaylist> = {}): MediaPlaylist => ({
  targetSeconds: 2, firstMsn: 7, segments, preloadHint: null, reports: [], ended: false, ...over,
});
const lines = (text: string, pattern: RegExp): string[] => text.split('\n').filter((line) => pattern.test(line));

test('a segment and one being written', () => {
  const open = segment(1, { complete: false, durationUs: 400_000 });
  const text = mediaPlaylist(playlist([segment(0), open], { preloadHint: 'p1.2', reports: [{ uri: '../audio/index.m3u8', msn: 8, part: 1 }] }));
  expect(text).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.66000,CAN-SKIP-UNTIL=12.0
#EXT-X-PART-INF:PART-TARGET=0.22000
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-MAP:URI="i0"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXT-X-PART:DURATION=0.20000,URI="p0.0",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.20000,URI="p0.1"
#EXTINF:2.00000,
s0
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:02.000Z
#EXT-X-PART:DURATION=0.20000,URI="p1.0",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.20000,URI="p1.1"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p1.2"
#EXT-X-RENDITION-REPORT:URI="../audio/index.m3u8",LAST-MSN=8,LAST-PART=1
`);
});

describe('media playlist', () => {
  test('a new era is announced, with its own initialisation segment', () => {
    const text = mediaPlaylist(playlist([segment(0, { era: 3 }), segment(1, { era: 4, mapUri: 'i1' })]));
    expect(lines(text, /DISCONTINUITY|MAP|^s/)).toEqual(['#EXT-X-DISCONTINUITY-SEQUENCE:3', '#EXT-X-MAP:URI="i0"', 's0', '#EXT-X-DISCONTINUITY', '#EXT-X-MAP:URI="i1"', 's1']);
  });

  test('only the last three complete segments and the open one list parts', () => {
    const segments = [0, 1, 2, 3, 4].map((index) => segment(index));
    const text = mediaPlaylist(playlist([...segments, segment(5, { complete: false })]));
    expect(lines(text, /URI="p\d\.0"/).map((line) => /p\d/.exec(line)?.[0])).toEqual(['p2', 'p3', 'p4', 'p5']);
  });

  test('a delta update leaves out what is older than six target durations', () => {
    const segments = Array.from({ length: 10 }, (_, index) => segment(index));
    expect(lines(mediaPlaylist(playlist(segments), true), /SKIP:|^s/)).toEqual(['#EXT-X-SKIP:SKIPPED-SEGMENTS=4', 's4', 's5', 's6', 's7', 's8', 's9']);
    expect(mediaPlaylist(playlist(segments.slice(4)), true)).not.toContain('EXT-X-SKIP:');
  });

  test('the targets are what was announced, whatever the segments of the moment are like', () => {
    const text = mediaPlaylist(playlist([segment(0, { durationUs: 600_000, parts: [{ uri: 'p', durationUs: 500_000, independent: true }] })], { targetSeconds: 6 }));
    expect(lines(text, /TARGET|CONTROL|PART:/)).toEqual([
      '#EXT-X-TARGETDURATION:6',
      '#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=0.66000,CAN-SKIP-UNTIL=36.0',
      '#EXT-X-PART-INF:PART-TARGET=0.22000',
      '#EXT-X-PART:DURATION=0.22000,URI="p",INDEPENDENT=YES',
    ]);
  });

  test('a gap says so', () => {
    expect(lines(mediaPlaylist(playlist([segment(0, { gap: true, parts: [] })])), /GAP|^s/)).toEqual(['#EXT-X-GAP', 's0']);
  });

  test('the end of the class', () => {
    const text = mediaPlaylist(playlist([segment(0)], { ended: true }));
    expect(text).toMatch(/#EXT-X-ENDLIST\n$/);
  });
});

test('multivariant: best first, sound beside every variant', () => {
  const variant = { codecs: ['avc1.42c01f', 'mp4a.40.2'], width: 640, height: 360, fps: 25 };
  const text = multivariantPlaylist([{ ...variant, uri: 'low', bandwidthBps: 400_000.2 }, { ...variant, uri: 'high', bandwidthBps: 1_600_000, width: 1280, height: 720, fps: 30_000 / 1001 }], { uri: 'audio/index.m3u8?t', channels: 1 }, true);
  expect(text).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Class",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="1",URI="audio/index.m3u8?t"
#EXT-X-STREAM-INF:BANDWIDTH=1600000,CODECS="avc1.42c01f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO="audio"
high
#EXT-X-STREAM-INF:BANDWIDTH=400001,CODECS="avc1.42c01f,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=25.000,AUDIO="audio"
low
`);
  const alone = multivariantPlaylist([{ ...variant, uri: 'low', bandwidthBps: 1 }], null, false);
  expect(alone).not.toMatch(/AUDIO|INDEPENDENT/);
});
