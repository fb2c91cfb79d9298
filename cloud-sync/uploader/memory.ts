import type { PartName } from '../contract/recording-folder.ts';
import type { Db } from './database.ts';

export interface SentPart {
  /** Path of its tus URL; empty where the library has the part already. */
  readonly upload: string;
  /** Its length was declared and every byte acknowledged. */
  readonly complete: boolean;
}

/** Which upload each part goes to and what the library said: the recordings folder itself is the queue. */
export interface Memory {
  part(recording: string, name: PartName): SentPart | null;
  begin(recording: string, name: PartName, upload: string): void;
  complete(recording: string, name: PartName): void;
  /** Send it again from the start. */
  forget(recording: string, name: PartName): void;
  /** The announcement last accepted, as it was sent; empty before the first. */
  announced(recording: string): string;
  setAnnounced(recording: string, meta: string): void;
  isSafe(recording: string): boolean;
  setSafe(recording: string, atMs: number): void;
}

export function createMemory(db: Db): Memory {
  const part = db.prepare<[string, string, number], { upload: string; complete: number }>('SELECT upload, complete FROM parts WHERE recording = ? AND track = ? AND part = ?');
  const begin = db.prepare('INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, 0)');
  const complete = db.prepare('UPDATE parts SET complete = 1 WHERE recording = ? AND track = ? AND part = ?');
  const forget = db.prepare('DELETE FROM parts WHERE recording = ? AND track = ? AND part = ?');
  const recording = db.prepare<[string], { announced: string; safe_at: number | null }>('SELECT announced, safe_at FROM recordings WHERE recording = ?');
  const announce = db.prepare('INSERT INTO recordings (recording, announced) VALUES (@id, @meta) ON CONFLICT DO UPDATE SET announced = @meta');
  const safe = db.prepare('INSERT INTO recordings (recording, safe_at) VALUES (@id, @at) ON CONFLICT DO UPDATE SET safe_at = @at');
  return {
    part(id, name) {
      const row = part.get(id, name.track, name.part);
      return row ? { upload: row.upload, complete: row.complete === 1 } : null;
    },
    begin: (id, name, upload) => void begin.run(id, name.track, name.part, upload),
    complete: (id, name) => void complete.run(id, name.track, name.part),
    forget: (id, name) => void forget.run(id, name.track, name.part),
    announced: (id) => recording.get(id)?.announced ?? '',
    setAnnounced: (id, meta) => void announce.run({ id, meta }),
    isSafe: (id) => recording.get(id)?.safe_at != null,
    setSafe: (id, atMs) => void safe.run({ id, at: atMs }),
  };
}
