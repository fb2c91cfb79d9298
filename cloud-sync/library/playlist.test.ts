import { describe, expect, it } from 'vitest';
import type { IndexLine, PartName } from '../contract/recording-folder.ts';
import { vodPlaylist } from './playlist.ts';
import { allRedactions } from './redactions.ts';
import { mayBeRead, playablePartOf } from './segments.ts';

const START_US = Date.parse('2026-11-02T09:00:00.000Z') * 1000;

const program = (part: number): PartName => ({ track: '', part });

/** An index of one-second fragments of 100 bytes after 50 bytes of initialisation, with a hole of `gapUs` before fragment `gapAt`. */
function indexOf(seconds: number, fromUs = START_US, gapAt = -1, gapUs = 0): IndexLine[] {
  const fragments = Array.from({ length: seconds }, (_, number): IndexLine => ({
    kind: 'fragment', offset: 50 + number * 100, bytes: 100, sha256: '', durationUs: 1_000_000,
    captureUs: fromUs + number * 1_000_000 + (gapAt >= 0 && number >= gapAt ? gapUs : 0),
  }));
  const end: IndexLine = { kind: 'end', offset: 50 + seconds * 100, bytes: 20, sha256: '', captureUs: 0, durationUs: 0 };
  return [{ kind: 'init', offset: 0, bytes: 50, sha256: '', captureUs: 0, durationUs: 0 }, ...fragments, end];
}

describe('vodPlaylist', () => {
  it('lists byte ranges of each part under its own map, with a discontinuity between parts', () => {
    const parts = [playablePartOf(program(0), indexOf(5)), playablePartOf(program(2), indexOf(1, START_US + 9_500_000))];
    expect(vodPlaylist(parts, 'a+b').split('\n')).toEqual([
      '#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-TARGETDURATION:4', '#EXT-X-MEDIA-SEQUENCE:0', '#EXT-X-PLAYLIST-TYPE:VOD', '#EXT-X-INDEPENDENT-SEGMENTS',
      '#EXT-X-MAP:URI="part-000.mp4?grant=a%2Bb",BYTERANGE="50@0"',
      '#EXT-X-PROGRAM-DATE-TIME:2026-11-02T09:00:00.000Z', '#EXTINF:4.000000,', '#EXT-X-BYTERANGE:400@50', 'part-000.mp4?grant=a%2Bb',
      '#EXT-X-PROGRAM-DATE-TIME:2026-11-02T09:00:04.000Z', '#EXTINF:1.000000,', '#EXT-X-BYTERANGE:100@450', 'part-000.mp4?grant=a%2Bb',
      '#EXT-X-DISCONTINUITY', '#EXT-X-MAP:URI="part-002.mp4?grant=a%2Bb",BYTERANGE="50@0"',
      '#EXT-X-PROGRAM-DATE-TIME:2026-11-02T09:00:09.500Z', '#EXTINF:1.000000,', '#EXT-X-BYTERANGE:100@50', 'part-002.mp4?grant=a%2Bb',
      '#EXT-X-ENDLIST', '',
    ]);
  });

  it.each([
    ['where nothing is missing', 0, 0],
    ['at a gap within a part', 2_000_000, 1],
  ])('marks discontinuities %s', (_what, gapUs, marks) => {
    expect(vodPlaylist([playablePartOf(program(0), indexOf(10, START_US, 6, gapUs))], 'g').split('#EXT-X-DISCONTINUITY\n').length - 1).toBe(marks);
  });

  it('leaves out single sources', () => {
    const parts = [playablePartOf(program(0), indexOf(1)), playablePartOf({ track: 'board', part: 0 }, indexOf(1))];
    expect(vodPlaylist(parts, 'g')).not.toContain('track-board');
  });

  it('leaves out a part that never got a fragment, and is whole when nothing was recorded', () => {
    expect(vodPlaylist([playablePartOf(program(0), indexOf(0))], 'g')).not.toContain('EXT-X-MAP');
    expect(vodPlaylist([], 'g')).toContain('#EXT-X-ENDLIST');
  });
});

describe('playablePartOf', () => {
  it.each([
    ['a short hole stays inside a segment', 2, 300_000, [4_000_000]],
    ['a gap in the class begins a new one', 2, 2_000_000, [2_000_000, 2_000_000]],
  ])('%s', (_what, gapAt, gapUs, durations) => {
    expect(playablePartOf(program(0), indexOf(4, START_US, gapAt, gapUs)).segments.map(({ durationUs }) => durationUs)).toEqual(durations);
  });
});

describe('redactions', () => {
  const at = (second: number): string => new Date(START_US / 1000 + second * 1000).toISOString();
  const redaction = { from: at(4.5), to: at(6), erasedFrom: at(6) };
  const part = playablePartOf(program(0), indexOf(10), [redaction]);

  it('are in no segment, whole fragments at a time', () => {
    expect(part.segments.map(({ offset, bytes }) => [offset, bytes])).toEqual([[50, 400], [650, 400]]);
    expect(vodPlaylist([part], 'g')).not.toContain('@450');
    expect(vodPlaylist([part], 'g')).toMatch(/400@50\n.*\n#EXT-X-DISCONTINUITY\n.*\n.*\n#EXT-X-BYTERANGE:400@650\n/);
  });

  it.each([
    ['the beginning', 0, 49, true],
    ['from the beginning into the first segment', 0, 449, true],
    ['a whole segment', 650, 1049, true],
    ['one byte of what was erased', 449, 450, false],
    ['the end of what was erased', 649, 700, false],
    ['everything', 0, 1069, false],
    ['the closing index', 1050, 1069, false],
  ])('are not given out: %s', (_what, first, last, allowed) => {
    expect(mayBeRead(part, first, last)).toBe(allowed);
  });

  it('are never taken back', () => {
    const other = { ...redaction, to: at(8) };
    expect(allRedactions([redaction], undefined)).toEqual([redaction]);
    expect(allRedactions([redaction], [])).toEqual([redaction]);
    expect(allRedactions([redaction], [redaction, other])).toEqual([redaction, other]);
  });
});
