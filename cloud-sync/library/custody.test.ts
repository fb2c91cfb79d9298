import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Upload } from '@tus/server';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import type { IndexLine } from '../contract/recording-folder.ts';
import { Custody } from './custody.ts';
import { openLibraryDatabase } from './database.ts';
import { createRecordings } from './recordings.ts';
import { metaOf } from './testing/recording-maker.ts';
import { createUploads, newUploadId } from './uploads.ts';

const ROOM = 'room-301';
const START_MS = Date.parse('2026-11-02T09:00:00.000Z');
const PIECE = Buffer.alloc(100);
const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** An initialisation segment and fragments of a second, of 100 bytes each. */
const index = Array.from({ length: 11 }, (_, at): IndexLine => ({
  kind: at === 0 ? 'init' : 'fragment', offset: at * PIECE.length, bytes: PIECE.length, sha256: sha256Of(PIECE),
  captureUs: (START_MS + (at - 1) * 1_000) * 1_000, durationUs: at === 0 ? 0 : 1_000_000,
}));

it('hides also what was said to be erased while it read the bytes', async () => {
  const libraryDir = mkdtempSync(join(tmpdir(), 'lectern-custody-'));
  const db = openLibraryDatabase(':memory:');
  try {
    const [recordings, uploads] = [createRecordings(db), createUploads(db, () => 1)];
    const custody = new Custody({ libraryDir, recordings, uploads, now: () => 1, log: pino({ level: 'silent' }) });
    const [id, bytes] = [uuidv7(), Buffer.alloc(index.length * PIECE.length)];
    const upload = newUploadId(id, { track: '', part: 0 });
    mkdirSync(dirname(join(libraryDir, upload)));
    writeFileSync(join(libraryDir, upload), bytes);
    recordings.own(id, ROOM);
    await uploads.set(upload, new Upload({ id: upload, offset: 0, size: bytes.length, metadata: { recording: id, part: '0', room: ROOM } }));
    const verdict = custody.accept({ meta: metaOf(id, ROOM), parts: [{ part: 0, upload: `/uploads/${upload}`, bytes: bytes.length, sha256: sha256Of(bytes), index }] });
    const at = (second: number): string => new Date(START_MS + second * 1_000).toISOString();
    recordings.describe(metaOf(id, ROOM, { redactions: [{ from: at(2), to: at(4), erasedFrom: at(4) }] }));
    expect(await verdict).toMatchObject({ safe: true });
    expect(recordings.get(id)?.parts[0]?.segments.map(({ offset, bytes: size }) => [offset, size])).toEqual([[100, 200], [500, 400], [900, 200]]);
  } finally {
    db.close();
    rmSync(libraryDir, { recursive: true, force: true });
  }
});
