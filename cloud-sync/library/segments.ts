import type { IndexLine, PartName, Redaction } from '../contract/recording-folder.ts';
import { isRedacted } from './redactions.ts';

/** A run of fragments that a player fetches at once. Offsets and sizes in bytes of its part file. */
export interface Segment {
  readonly offset: number;
  readonly bytes: number;
  readonly durationUs: number;
  /** Of its first frame, microseconds since 1970. */
  readonly captureUs: number;
}
/** One part file as a player needs to know it. */
export interface PlayablePart extends PartName {
  /** Initialisation segment (`ftyp` and `moov`), from byte 0. */
  readonly initBytes: number;
  readonly segments: readonly Segment[];
}

/** Long enough that a request is worth its round trip, short enough that a seek starts at once. */
const TARGET_US = 4_000_000;
/** A longer hole between two fragments is a gap in the class: a segment doesn't reach across it. */
const GAP_US = 500_000;

/** Groups the fragments of a part into segments of four to five seconds; what is redacted is in none. */
export function playablePartOf({ track, part }: PartName, index: readonly IndexLine[], redactions: readonly Redaction[] = []): PlayablePart {
  const segments: Segment[] = [];
  for (const line of index) {
    if (line.kind !== 'fragment' || isRedacted(line, redactions)) continue;
    const last = segments.at(-1);
    if (last && last.durationUs < TARGET_US && follows(last, line)) segments[segments.length - 1] = joined(last, line);
    else segments.push({ offset: line.offset, bytes: line.bytes, durationUs: line.durationUs, captureUs: line.captureUs });
  }
  return { track, part, initBytes: index[0]?.kind === 'init' ? index[0].bytes : 0, segments };
}

export function durationOf(parts: readonly PlayablePart[]): number {
  return parts.flatMap(({ segments }) => segments).reduce((sum, { durationUs }) => sum + durationUs, 0);
}

/** Whether all these bytes may be given out: they lie in the initialisation segment, or in segments without a hole between. */
export function mayBeRead({ initBytes, segments }: PlayablePart, first: number, last: number): boolean {
  let at = first;
  for (const { offset, bytes } of [{ offset: 0, bytes: initBytes }, ...segments]) if (at >= offset && at < offset + bytes) at = offset + bytes;
  return at > last;
}

/** Whether what comes next goes on where a segment ends, in its bytes and in time. */
export function follows(segment: Segment, next: Pick<Segment, 'offset' | 'captureUs'>): boolean {
  return next.offset === segment.offset + segment.bytes && Math.abs(next.captureUs - segment.captureUs - segment.durationUs) < GAP_US;
}

function joined(segment: Segment, line: IndexLine): Segment {
  return { ...segment, bytes: segment.bytes + line.bytes, durationUs: segment.durationUs + line.durationUs };
}
