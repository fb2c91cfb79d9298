/**
 * How a recording lies on the box's disk: what the recorder writes and the uploader reads. Any process may die at any instant.
 *
 *     <recordings>/<recording id>/recording.json       RecordingMeta, replaced atomically (write, fsync, rename, fsync folder)
 *                                 part-000.mp4         fragmented MP4, appended only; its bytes never change once listed in the index
 *                                 part-000.index.jsonl one IndexLine a fragment, appended after the fragment was flushed to disk
 *                                 part-001.mp4 …       a new part after the recorder was restarted
 *
 * Only bytes listed in an index are released: a reader ignores whatever follows them, and a torn last line. The first line of an
 * index covers the initialisation segment (`ftyp` and `moov`), the last of a finished part the closing `mfra`.
 */
import Type, { type Static } from 'typebox';

const Instant = Type.String({ format: 'date-time' });

export const RecordingMeta = Type.Object({
  id: Type.String({ description: 'UUIDv7, also the folder name' }),
  lesson: Type.String(),
  room: Type.String(),
  title: Type.String(),
  teacher: Type.String(),
  startedAt: Instant,
  endedAt: Type.Union([Instant, Type.Null()], { description: 'null while the class runs' }),
  gaps: Type.Array(Type.Object({ from: Instant, to: Instant, reason: Type.String() })),
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

export const partName = (part: number): string => `part-${String(part).padStart(3, '0')}.mp4`;
export const indexName = (part: number): string => `part-${String(part).padStart(3, '0')}.index.jsonl`;
