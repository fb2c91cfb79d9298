import { partName } from '../contract/recording-folder.ts';
import { follows, type PlayablePart, type Segment } from './segments.ts';

/**
 * A VOD media playlist (RFC 8216) of byte ranges straight over the part files. Version 7 for `EXT-X-MAP` outside an I-frame playlist
 * (section 7). A new part is a discontinuity (section 4.3.2.3): its encoder began anew. So is a hole, of a
 * gap or an erasure: timestamps go on without one or are said not to (section 3). Only the program replays.
 */
export function vodPlaylist(parts: readonly PlayablePart[], grant: string): string {
  const playable = parts.filter(({ track, segments }) => track === '' && segments.length > 0);
  const longestUs = Math.max(1, ...playable.flatMap(({ segments }) => segments.map(({ durationUs }) => durationUs)));
  return [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    // EXTINF, rounded to the nearest integer, must not exceed it (section 4.3.3.1).
    `#EXT-X-TARGETDURATION:${Math.max(1, Math.round(longestUs / 1e6))}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    ...playable.flatMap((part, index) => partLines(part, index > 0, `${partName(part)}?grant=${encodeURIComponent(grant)}`)),
    '#EXT-X-ENDLIST',
    '',
  ].join('\n');
}

function partLines({ initBytes, segments }: PlayablePart, discontinuity: boolean, uri: string): string[] {
  const map = `#EXT-X-MAP:URI="${uri}",BYTERANGE="${initBytes}@0"`;
  const lines = segments.flatMap((segment, at) => {
    const before = segments[at - 1];
    return segmentLines(segment, before !== undefined && !follows(before, segment), uri);
  });
  return [...marked(discontinuity), map, ...lines];
}

const marked = (discontinuity: boolean): string[] => (discontinuity ? ['#EXT-X-DISCONTINUITY'] : []);

function segmentLines({ offset, bytes, durationUs, captureUs }: Segment, discontinuity: boolean, uri: string): string[] {
  return [
    ...marked(discontinuity),
    `#EXT-X-PROGRAM-DATE-TIME:${new Date(Math.round(captureUs / 1000)).toISOString()}`,
    `#EXTINF:${(durationUs / 1e6).toFixed(6)},`,
    `#EXT-X-BYTERANGE:${bytes}@${offset}`,
    uri,
  ];
}
