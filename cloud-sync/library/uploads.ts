import type { KvStore, Upload } from '@tus/server';
import { randomBytes } from 'node:crypto';
import { partName, type PartName } from '../contract/recording-folder.ts';
import type { Db } from './database.ts';

export interface UploadRow extends PartName {
  readonly id: string;
  readonly recording: string;
}

export interface Uploads extends KvStore {
  /** The upload and its room, or null. */
  find(id: string): (UploadRow & { readonly room: string }) | null;
  ofRecording(recording: string): UploadRow[];
  ofPart(recording: string, name: PartName): UploadRow[];
  /** The length that was declared, or null while it is deferred. */
  declaredBytes(id: string): number | null;
  forget(id: string): void;
}

/** A fresh id, which is also the path of the file below the library's folder. */
export function newUploadId(recording: string, name: PartName): string {
  return `${recording}/${partName(name).replace('.mp4', '')}-${randomBytes(6).toString('hex')}.mp4`;
}

/** The upload id in a request's path, or null: nothing else ever reaches the file system. */
export function uploadIdOf(path: string): string | null {
  return /^\/uploads\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\/(?:part|track-[a-z0-9][a-z0-9-]{0,31})-\d{3,4}-[0-9a-f]{12}\.mp4)$/.exec(path)?.[1] ?? null;
}

/** What tus knows of each upload, in SQLite rather than in a file beside each: a crash can't tear it. */
export function createUploads(db: Db, now: () => number): Uploads {
  const add = db.prepare('INSERT INTO uploads (id, recording, track, part, created_at, state) VALUES (@id, @recording, @track, @part, @at, @state) ON CONFLICT (id) DO UPDATE SET state = @state');
  const state = db.prepare<[string], { state: string }>('SELECT state FROM uploads WHERE id = ?');
  const find = db.prepare<[string], UploadRow & { room: string }>(
    'SELECT uploads.id, recording, track, part, recordings.room FROM uploads JOIN recordings ON recordings.id = recording WHERE uploads.id = ?',
  );
  const ofRecording = db.prepare<[string], UploadRow>('SELECT id, recording, track, part FROM uploads WHERE recording = ?');
  const ofPart = db.prepare<[string, string, number], UploadRow>(
    'SELECT id, recording, track, part FROM uploads WHERE recording = ? AND track = ? AND part = ? ORDER BY created_at, rowid',
  );
  const forget = db.prepare('DELETE FROM uploads WHERE id = ?');
  const stateOf = (id: string): Upload | undefined => {
    const row = state.get(id);
    return row ? (JSON.parse(row.state) as Upload) : undefined;
  };
  return {
    get: async (id) => stateOf(id),
    async set(id, upload) {
      const { recording, track, part } = upload.metadata ?? {};
      add.run({ id, recording, track: track ?? '', part: Number(part), at: now(), state: JSON.stringify(upload) });
    },
    delete: async (id) => void forget.run(id),
    find: (id) => find.get(id) ?? null,
    ofRecording: (recording) => ofRecording.all(recording),
    ofPart: (recording, { track, part }) => ofPart.all(recording, track, part),
    declaredBytes: (id) => stateOf(id)?.size ?? null,
    forget: (id) => void forget.run(id),
  };
}
