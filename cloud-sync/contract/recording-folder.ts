/**
 * How a recording lies on the box's disk: what the recorder writes and the uploader reads. Any process may die at any instant.
 *
 *     <recordings>/<recording id>/recording.json          RecordingMeta, replaced atomically (write, fsync, rename, fsync folder)
 *                                 part-000.mp4            the program: fragmented MP4, appended only
 *                                 part-000.index.jsonl    one IndexLine a fragment, appended after the fragment was flushed to disk
 *                                 part-001.mp4 …          a new part after the recorder was restarted
 *                                 track-cam-000.mp4 …     a single source's own picture or sound, with its index, likewise
 *
 * Only bytes listed in an index are released: a reader ignores whatever follows them, and a torn last line. The first line of an
 * index covers the initialisation segment (`ftyp` and `moov`), the last of a finished part the closing `mfra`.
 *
 * While the class runs (`endedAt` is null) the newest {@link HOLD_BACK_US} of each track stay on the box, so that the teacher can have
 * the last half minute erased: lines are cut off an index (which is replaced, not edited) and their bytes off the part. Bytes older
 * than that, and all bytes once the class has ended, never change.
 */
import Type, { type Static } from 'typebox';

const Instant = Type.String({ format: 'date-time' });

/** A single source's name in file names and manifests; the program has none. */
export const TrackId = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' });

/** What the teacher had erased. From `erasedFrom` on it is gone from the box; before that it had left the box, and the library hides it. */
export const Redaction = Type.Object({ from: Instant, to: Instant, erasedFrom: Instant });
export type Redaction = Static<typeof Redaction>;

export const RecordingMeta = Type.Object({
  id: Type.String({ description: 'UUIDv7, also the folder name' }),
  lesson: Type.String(),
  room: Type.String(),
  title: Type.String(),
  teacher: Type.String(),
  startedAt: Instant,
  endedAt: Type.Union([Instant, Type.Null()], { description: 'null while the class runs' }),
  gaps: Type.Array(Type.Object({ from: Instant, to: Instant, reason: Type.String() })),
  // Absent in what an earlier release recorded.
  pauses: Type.Optional(Type.Array(Type.Object({ from: Instant, to: Type.Union([Instant, Type.Null()]) }))),
  redactions: Type.Optional(Type.Array(Redaction, { maxItems: 1_000 })),
  tracks: Type.Optional(Type.Array(Type.Object({ id: TrackId, kind: Type.String(), name: Type.String() }), { maxItems: 16 })),
});
export type RecordingMeta = Static<typeof RecordingMeta>;

export const IndexLine = Type.Object({
  kind: Type.Union([Type.Literal('init'), Type.Literal('fragment'), Type.Literal('end')]),
  offset: Type.Integer({ description: 'first byte in the part file' }),
  bytes: Type.Integer(),
  sha256: Type.String({ description: 'hex, of exactly these bytes' }),
  /** Of the first frame; fragments only. Microseconds since 1970. */
  captureUs: Type.Integer(),
  durationUs: Type.Integer(),
});
export type IndexLine = Static<typeof IndexLine>;

/** Media at the end of each track that an uploader keeps back while the class runs. The recorder erases less than this. */
export const HOLD_BACK_US = 45_000_000;

/** One part of the program (`track` is empty) or of a single source. */
export interface PartName {
  readonly track: string;
  readonly part: number;
}

export const partName = ({ track, part }: PartName): string => `${stem(track)}-${String(part).padStart(3, '0')}.mp4`;
export const indexName = ({ track, part }: PartName): string => `${stem(track)}-${String(part).padStart(3, '0')}.index.jsonl`;

/** The part whose index this file is, or null. */
export function partOfIndex(file: string): PartName | null {
  const match = /^(?:part|track-([a-z0-9][a-z0-9-]{0,31}))-(\d{3,4})\.index\.jsonl$/.exec(file);
  return match === null ? null : { track: match[1] ?? '', part: Number(match[2]) };
}

/** Program first, then track by track, each in its order. */
export function inOrder(a: PartName, b: PartName): number {
  return a.track.localeCompare(b.track) || a.part - b.part;
}

function stem(track: string): string {
  return track === '' ? 'part' : `track-${track}`;
}
