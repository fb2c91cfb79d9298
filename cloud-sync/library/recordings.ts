import type { Static } from 'typebox';
import { CodedError } from '#kit/process/errors.ts';
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
}

const MAX_LISTED = 1_000;

interface Row {
  readonly id: string;
  readonly room: string;
  readonly title: string;
  readonly teacher: string;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly gaps: string;
  readonly safe_at: number | null;
  readonly bytes: number;
  readonly duration_us: number;
  readonly parts: string;
  readonly pauses: string;
  readonly redactions: string;
  readonly tracks: string;
}

export function createRecordings(db: Db): Recordings {
  const get = db.prepare<[string], Row>('SELECT * FROM recordings WHERE id = ?');
  const own = db.prepare('INSERT INTO recordings (id, room) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const describe = db.prepare(
    `UPDATE recordings SET title = @title, teacher = @teacher, started_at = @startedAt, ended_at = @endedAt, gaps = @gaps,
     pauses = @pauses, redactions = @redactions, tracks = @tracks WHERE id = @id`,
  );
  const markSafe = db.prepare('UPDATE recordings SET safe_at = ?, bytes = ?, duration_us = ?, parts = ? WHERE id = ?');
  const newest = db.prepare<[{ room: string | null; limit: number }], Row>(
    `SELECT * FROM recordings WHERE started_at <> '' AND (@room IS NULL OR room = @room) ORDER BY started_at DESC LIMIT @limit`,
  );
  return {
    get(id) {
      const row = get.get(id);
      return row ? { id, room: row.room, safeAtMs: row.safe_at, parts: partsIn(row), redactions: JSON.parse(row.redactions) as Redaction[] } : null;
    },
    own(id, room) {
      own.run(id, room);
      if (get.get(id)?.room !== room) {
        throw new CodedError('foreign_recording', "This recording belongs to another room. A box may send only its own room's.", { status: 403 });
      }
    },
    describe({ id, title, teacher, startedAt, endedAt, gaps, pauses = [], redactions, tracks = [] }) {
      const known = JSON.parse(get.get(id)?.redactions ?? '[]') as Redaction[];
      describe.run({
        id, title, teacher, startedAt, endedAt, gaps: JSON.stringify(gaps), pauses: JSON.stringify(pauses),
        redactions: JSON.stringify(allRedactions(known, redactions)), tracks: JSON.stringify(tracks),
      });
    },
    markSafe(id, parts, atMs) {
      const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
      const durationUs = durationOf(parts.filter(({ track }) => track === ''));
      markSafe.run(atMs, bytes, Math.round(durationUs), JSON.stringify(parts), id);
    },
    newest: (room) => newest.all({ room, limit: MAX_LISTED }).map(entryOf),
  };
}

export function verdictOf(recording: Recording, wrong: Verdict['wrong'] = []): Verdict {
  const { id, safeAtMs } = recording;
  return { recording: id, safe: safeAtMs !== null, verifiedAt: safeAtMs === null ? null : new Date(safeAtMs).toISOString(), wrong };
}

function entryOf(row: Row): RecordingEntry {
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

function tracksIn(row: Row): RecordingEntry['tracks'] {
  const parts = partsIn(row);
  return (JSON.parse(row.tracks) as NonNullable<RecordingMeta['tracks']>).map((track) => {
    const own = parts.filter((part) => part.track === track.id);
    return { ...track, bytes: own.reduce((sum, part) => sum + part.bytes, 0), durationSeconds: durationOf(own) / 1e6 };
  });
}
