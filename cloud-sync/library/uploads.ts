import type { KvStore, Upload } from '@tus/server';
import { randomBytes } from 'node:crypto';
import { partName } from '../contract/recording-folder.ts';
import type { Db } from './database.ts';

export interface UploadRow {
  readonly id: string;
  readonly recording: string;
  readonly part: number;
}

export interface Uploads extends KvStore {
  /** The upload and its room, or null. */
  find(id: string): (UploadRow & { readonly room: string }) | null;
  ofRecording(recording: string): UploadRow[];
  ofPart(recording: string, part: number): UploadRow[];
  /** The length that was declared, or null while it is deferred. */
  declaredBytes(id: string): number | null;
  forget(id: string): void;
}

/** A fresh id, which is also the path of the file below the library's folder. */
export function newUploadId(recording: string, part: number): string {
  return `${recording}/${partName(part).replace('.mp4', '')}-${randomBytes(6).toString('hex')}.mp4`;
}

/** The upload id in a request's path, or null: nothing else ever reaches the file system. */
export function uploadIdOf(path: string): string | null {
  return /^\/uploads\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\/part-\d{3,4}-[0-9a-f]{12}\.mp4)$/.exec(path)?.[1] ?? null;
}

/** What tus knows of each upload, in SQLite rather than in a file beside each: a crash can't tear it. */
export function createUploads(db: Db, now: () => number): Uploads {
  const add = db.prepare('INSERT INTO uploads VALUES (@id, @recording, @part, @at, @state) ON CONFLICT (id) DO UPDATE SET state = @state');
  const state = db.prepare<[string], { state: string }>('SELECT state FROM uploads WHERE id = ?');
  const find = db.prepare<[string], UploadRow & { room: string }>(
    'SELECT uploads.id, recording, part, recordings.room FROM uploads JOIN recordings ON recordings.id = recording WHERE uploads.id = ?',
  );
  const ofRecording = db.prepare<[string], UploadRow>('SELECT id, recording, part FROM uploads WHERE recording = ?');
  const ofPart = db.prepare<[string, number], UploadRow>('SELECT id, recording, part FROM uploads WHERE recording = ? AND part = ? ORDER BY created_at, rowid');
  const forget = db.prepare('DELETE FROM uploads WHERE id = ?');
  const stateOf = (id: string): Upload | undefined => {
    const row = state.get(id);
    return row ? (JSON.parse(row.state) as Upload) : undefined;
  };
  return {
    get: async (id) => stateOf(id),
    async set(id, upload) {
      const { recording, part } = upload.metadata ?? {};
      add.run({ id, recording, part: Number(part), at: now(), state: JSON.stringify(upload) });
    },
    delete: async (id) => void forget.run(id),
    find: (id) => find.get(id) ?? null,
    ofRecording: (recording) => ofRecording.all(recording),
    ofPart: (recording, part) => ofPart.all(recording, part),
    declaredBytes: (id) => stateOf(id)?.size ?? null,
    forget: (id) => void forget.run(id),
  };
}
