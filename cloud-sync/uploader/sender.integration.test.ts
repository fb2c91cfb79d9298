import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CodedError } from '#kit/process/errors.ts';
import type { FromUploader } from '../contract/uploader.ts';
import { LibraryServer, uploadToken } from '../library/testing/library-server.ts';
import { indexOf, makePart, metaOf, RecordingMaker } from '../library/testing/recording-maker.ts';
import { openUploaderDatabase, type Db } from './database.ts';
import { RecordingsFolder, type FolderPart } from './folder.ts';
import { createMemory, type Memory } from './memory.ts';
import type { Job } from './next-job.ts';
import { Pace } from './pace.ts';
import { Sender } from './sender.ts';
import { Refused } from './tus-client.ts';
import { Uploader } from './uploader.ts';

const ROOM = 'room-301';
const UPLOAD = '/uploads/a';
const ERROR = 50;
const DAMAGED_AT = 5_000;
let folder: string;
let db: Db;
let memory: Memory;
let said: { level: number }[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lectern-sender-'));
  db = openUploaderDatabase(join(folder, 'uploader.sqlite'));
  memory = createMemory(db);
  said = [];
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

const log = pino({}, { write: (line) => void said.push(JSON.parse(line) as { level: number }) });
const errors = (): unknown[] => said.filter(({ level }) => level === ERROR);
/** Every change is answered with SQLITE_READONLY, as by a disk that has become so (sqlite.org/pragma.html#pragma_query_only). */
const refuse = (refuses: boolean): void => void db.pragma(`query_only = ${refuses ? 1 : 0}`);

const part = (number: number): FolderPart => ({ track: '', part: number, file: '', index: [], bytes: 10, ended: true });
const recording = { meta: metaOf(uuidv7(), ROOM), parts: [part(0), part(1)] };
const step = { recording, part: part(0), upload: UPLOAD };
const wrong = [{ part: 0, reason: 'damaged' }, { part: 1, reason: 'damaged' }];

describe('what the library lost while the disk refuses to forget it', () => {
  it.each<[string, Job, CodedError, number]>([
    ['an upload that is gone', { kind: 'ask', ...step }, new Refused('unknown_upload', 'There is none.', { status: 404 }), 1],
    ['an upload of other bytes', { kind: 'send', ...step, state: { offset: 20, length: null } }, new CodedError('other_bytes', 'Others.'), 1],
    ['a refused manifest', { kind: 'manifest', recording }, new Refused('manifest_mismatch', 'Wrong.', { status: 422, details: { wrong } }), 2],
  ])('is said and tried again: %s', (_what, job, error, lost) => {
    const sender = new Sender({ memory, pace: new Pace(0), sleep: () => Promise.resolve(), log });
    const known = (): number => recording.parts.filter((one) => memory.part(recording.meta.id, one) !== null).length;
    for (const one of recording.parts) memory.begin(recording.meta.id, one, UPLOAD);
    refuse(true);
    sender.failed(job, error);
    expect([known(), errors().length]).toEqual([2, lost]);
    refuse(false);
    sender.failed(job, error);
    expect([known(), errors().length]).toEqual([2 - lost, lost]);
  });

  it('hides no defect', () => {
    const broken = { ...memory, forget: () => { throw new TypeError('a defect'); } };
    const sender = new Sender({ memory: broken, pace: new Pace(0), sleep: () => Promise.resolve(), log });
    expect(() => sender.failed({ kind: 'ask', ...step }, new Refused('unknown_upload', 'There is none.', { status: 404 }))).toThrow('a defect');
  });
});

/** As it is, but that the disk refuses the first two times to forget. */
function forgetfulLater(): Memory {
  let tries = 0;
  return {
    ...memory,
    forget: (id, name) => {
      refuse(++tries <= 2);
      try {
        memory.forget(id, name);
      } finally {
        refuse(false);
      }
    },
  };
}

it('keeps the uploader running until the disk lets it begin anew', { timeout: 60_000 }, async () => {
  const library = new LibraryServer(folder);
  await library.start();
  const [id, bytes] = [uuidv7(), makePart(6)];
  const maker = new RecordingMaker(join(folder, 'recordings'), id);
  maker.release(0, bytes, indexOf(bytes, 1_762_074_000_000_000));
  maker.describe(metaOf(id, ROOM));
  const heard: FromUploader[] = [];
  const config = { recordingsDir: join(folder, 'recordings'), databaseFile: '', limitBytesPerSecond: 100_000 };
  const uploader = new Uploader({ config, memory: forgetfulLater(), folder: new RecordingsFolder(config.recordingsDir), log, onStatus: (status) => heard.push(status) });
  uploader.setCredentials({ uploadsUrl: `${library.url}/uploads`, libraryUrl: library.url, token: uploadToken(ROOM) });
  const stop = new AbortController();
  const running = uploader.run(stop.signal);
  const soon = (assertion: Promise<unknown>): Promise<unknown> => Promise.race([running, assertion]);
  const arrived = (): string[] => readdirSync(library.libraryDir, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('part-')).map((name) => join(library.libraryDir, name));
  try {
    await soon(expect.poll(() => arrived().map((file) => statSync(file).size)).toEqual([expect.toSatisfy((size: number) => size > DAMAGED_AT)]));
    // Damaged between its first chunk and its last, seconds later: the library finds that when it reads all of it.
    const file = openSync(arrived()[0] ?? '', 'r+');
    writeSync(file, Buffer.from([bytes.readUInt8(DAMAGED_AT) ^ 1]), 0, 1, DAMAGED_AT);
    closeSync(file);
    await soon(expect.poll(() => heard.at(-1)?.recordings[0]?.safe, { timeout: 40_000 }).toBe(true));
    expect(errors()).toHaveLength(2);
    expect(arrived().map((file) => readFileSync(file).equals(bytes))).toEqual([true]);
  } finally {
    stop.abort();
    await running.finally(() => library.stop());
  }
});
