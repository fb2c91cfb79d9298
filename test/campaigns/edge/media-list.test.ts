import { expect, it } from 'vitest';
import { readMediaList } from './media-list.ts';

const LIST = `#EXTM3U
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:00.000Z
#EXTINF:2.00000,
segment-7.m4s?sig=a
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:02.000Z
#EXT-X-PART:DURATION=0.20000,URI="part-8.0.m4s?sig=a",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.20000,URI="part-8.1.m4s?sig=a"
#EXTINF:0.40000,
segment-8.m4s?sig=a
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-9.0.m4s?sig=a"
`;

it('lists parts where there are parts, segments where there are none, and dates each', () => {
  const beganUs = Date.parse('2026-11-21T10:00:00.000Z') * 1000;
  expect(readMediaList(LIST)).toEqual({
    pieces: [
      { uri: 'segment-7.m4s?sig=a', startUs: beganUs, durationUs: 2_000_000 },
      { uri: 'part-8.0.m4s?sig=a', startUs: beganUs + 2_000_000, durationUs: 200_000 },
      { uri: 'part-8.1.m4s?sig=a', startUs: beganUs + 2_200_000, durationUs: 200_000 },
    ],
    next: '&_HLS_msn=9&_HLS_part=0',
  });
});

it('waits for nothing where a list ends', () => {
  expect(readMediaList('#EXTM3U\n#EXT-X-ENDLIST\n')).toEqual({ pieces: [], next: null });
});
