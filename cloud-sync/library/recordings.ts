import type { Static } from 'typebox';
import { CodedError } from '#kit/process/errors.ts';
import { Recent } from '#kit/process/recent.ts';
import type { RecordingEntry, Verdict } from '../contract/library.ts';
import type { RecordingMeta, Redaction } from '../contract/recording-folder.ts';
import type { Db } from './database.ts';
import { allRedactions } from './redactions.ts';
import { durationOf, type PlayablePart } from './segments.ts';

/** A verified part: where its bytes lie and what they are. */
export interface SafePart extends PlayablePart {
  readonly upload: string;
  readonly bytes: number;
  readonly sha256: string;
}
export interface Recording {
  readonly id: string;
  readonly room: string;
  readonly safeAtMs: number | null;
  /** Empty until safe. */
  readonly parts: readonly SafePart[];
  readonly redactions: readonly Redaction[];
}

export interface Recordings {
  get(id: string): Recording | null;
  /** The recording belongs to this room from its first mention on. @throws CodedError 403 `foreign_recording` */
  own(id: string, room: string): void;
  /** Title, times, gaps; says nothing of bytes. Redactions are added to those that are known. */
  describe(meta: RecordingMeta): void;
  markSafe(id: string, parts: readonly SafePart[], atMs: number): void;
  newest(room: string | null): Static<typeof RecordingEntry>[];
  /** What the catalogue says of one; null where a box did not describe it yet. */
  entry(id: string): Static<typeof RecordingEntry> | null;
}

const MAX_LISTED = 1_000;
/** Each viewer of a replay asks every few seconds, and the segments of a long class take milliseconds to read. */
const MAX_RECENT = 64;

interface Row {
  readonly id: string;
  readonly room: string;
  readonly safe_at: number | null;
  readonly parts: string;
  readonly redactions: string;
}
interface ListedRow extends Omit<Row, 'parts'> {
  readonly title: string;
  readonly teacher: string;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly gaps: string;
  readonly bytes: number;
  readonly duration_us: number;
  readonly pauses: string;
  readonly tracks: string;
  readonly single_parts: string;
}
/** What a list says of a single source's part. */
interface SinglePart {
  readonly track: string;
  readonly bytes: number;
  readonly durationUs: number;
}

/** All but `parts`: the segments of an hour are 80 kB a track, and a list is of a thousand recordings. */
const LISTED = 'id, room, title, teacher, started_at, ended_at, gaps, safe_at, bytes, duration_us, pauses, redactions, tracks, single_parts';

export function createRecordings(db: Db): Recordings {
  const get = db.prepare<[string], Row>('SELECT id, room, safe_at, parts, redactions FROM recordings WHERE id = ?');
  const own = db.prepare('INSERT INTO recordings (id, room) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const describe = db.prepare(
    `UPDATE recordings SET title = @title, teacher = @teacher, started_at = @startedAt, ended_at = @endedAt, gaps = @gaps,
     pauses = @pauses, redactions = @redactions, tracks = @tracks WHERE id = @id`,
  );
  const markSafe = db.prepare('UPDATE recordings SET safe_at = ?, bytes = ?, duration_us = ?, parts = ?, single_parts = ? WHERE id = ?');
  const newest = db.prepare<[{ room: string | null; limit: number }], ListedRow>(
    `SELECT ${LISTED} FROM recordings WHERE started_at <> '' AND (@room IS NULL OR room = @room) ORDER BY started_at DESC LIMIT @limit`,
  );
  const described = db.prepare<[string], ListedRow>(`SELECT ${LISTED} FROM recordings WHERE started_at <> '' AND id = ?`);
  const recent = new Recent<Recording>(MAX_RECENT);
  const read = (id: string): Recording | null => {
    const row = get.get(id);
    return row ? { id, room: row.room, safeAtMs: row.safe_at, parts: partsIn(row), redactions: JSON.parse(row.redactions) as Redaction[] } : null;
  };
  return {
    get: (id) => recent.get(id, read),
    own(id, room) {
      own.run(id, room);
      if (recent.get(id, read)?.room !== room) {
        throw new CodedError('foreign_recording', "This recording belongs to another room. A box may send only its own room's.", { status: 403 });
      }
    },
    describe({ id, title, teacher, startedAt, endedAt, gaps, pauses = [], redactions, tracks = [] }) {
      const known = recent.get(id, read)?.redactions ?? [];
      describe.run({
        id, title, teacher, startedAt, endedAt, gaps: JSON.stringify(gaps), pauses: JSON.stringify(pauses),
        redactions: JSON.stringify(allRedactions(known, redactions)), tracks: JSON.stringify(tracks),
      });
      recent.forget(id);
    },
    markSafe(id, parts, atMs) {
      const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
      const durationUs = durationOf(parts.filter(({ track }) => track === ''));
      markSafe.run(atMs, bytes, Math.round(durationUs), JSON.stringify(parts), JSON.stringify(singlePartsOf(parts)), id);
      recent.forget(id);
    },
    newest: (room) => newest.all({ room, limit: MAX_LISTED }).map(entryOf),
    entry(id) {
      const row = described.get(id);
      return row === undefined ? null : entryOf(row);
    },
  };
}

export function verdictOf(recording: Recording, wrong: Verdict['wrong'] = []): Verdict {
  const { id, safeAtMs } = recording;
  return { recording: id, safe: safeAtMs !== null, verifiedAt: safeAtMs === null ? null : new Date(safeAtMs).toISOString(), wrong };
}

function entryOf(row: ListedRow): RecordingEntry {
  const { id, room, title, teacher, bytes } = row;
  return {
    id, room, title, teacher, bytes,
    recordedAt: row.started_at, endedAt: row.ended_at, durationSeconds: row.duration_us / 1e6, safe: row.safe_at !== null,
    gaps: JSON.parse(row.gaps) as RecordingEntry['gaps'],
    pauses: JSON.parse(row.pauses) as RecordingEntry['pauses'],
    redactions: (JSON.parse(row.redactions) as Redaction[]).map(({ from, to }) => ({ from, to })),
    tracks: tracksIn(row),
  };
}

/** A part that an earlier release verified belongs to the program. */
function partsIn(row: Row): SafePart[] {
  return (JSON.parse(row.parts) as SafePart[]).map((part) => ({ ...part, track: part.track ?? '' }));
}

function singlePartsOf(parts: readonly SafePart[]): SinglePart[] {
  return parts.filter(({ track }) => track !== '').map((part) => ({ track: part.track, bytes: part.bytes, durationUs: durationOf([part]) }));
}

function tracksIn(row: ListedRow): RecordingEntry['tracks'] {
  const parts = JSON.parse(row.single_parts) as SinglePart[];
  return (JSON.parse(row.tracks) as NonNullable<RecordingMeta['tracks']>).map((track) => {
    const own = parts.filter((part) => part.track === track.id);
    const sum = (count: (part: SinglePart) => number): number => own.reduce((total, part) => total + count(part), 0);
    return { ...track, bytes: sum(({ bytes }) => bytes), durationSeconds: sum(({ durationUs }) => durationUs) / 1e6 };
  });
}
