import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import type { IndexLine } from '../contract/recording-folder.ts';
import type { FromUploader } from '../contract/uploader.ts';
import { LibraryServer, uploadToken } from '../library/testing/library-server.ts';
import { indexOf, makePart, metaOf, RecordingMaker } from '../library/testing/recording-maker.ts';

const ROOM = 'room-301';
let folder: string;
let library: LibraryServer;
let child: ChildProcess | null;
let status: FromUploader | null;
let part: Buffer;

beforeAll(() => {
  part = makePart(6);
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lectern-uploader-'));
  library = new LibraryServer(folder);
  [child, status] = [null, null];
  await library.start();
});
afterEach(async () => {
  await killUploader();
  await library.stop();
  rmSync(folder, { recursive: true, force: true });
});

const recordingsDir = (): string => join(folder, 'recordings');

function startUploader(limitBytesPerSecond = 0, token = uploadToken(ROOM)): void {
  const config = join(folder, 'uploader.json');
  writeFileSync(config, JSON.stringify({ recordingsDir: recordingsDir(), databaseFile: join(folder, 'uploader.sqlite'), limitBytesPerSecond }));
  child = fork(join(import.meta.dirname, 'main.ts'), ['--config', config], { env: { ...process.env, LECTERN_LOG: 'error' } });
  child.on('message', (message) => (status = message as FromUploader));
  sendCredentials(token);
}

function sendCredentials(token: string): void {
  child?.send({ type: 'credentials', uploadsUrl: `${library.url}/uploads`, libraryUrl: library.url, token, expiresAt: new Date().toISOString() });
}

async function killUploader(): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function until(what: string, holds: () => boolean, timeoutMs = 15_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen; last status ${JSON.stringify(status)}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

const isSafe = (id: string) => (): boolean => status?.recordings.some((one) => one.id === id && one.safe) ?? false;

/** Files of a recording in the library, with their bytes. */
function arrived(id: string): { name: string; bytes: Buffer }[] {
  const dir = join(library.libraryDir, id);
  return readdirSync(dir).toSorted().map((name) => ({ name, bytes: readFileSync(join(dir, name)) }));
}

const arrivedBytes = (id: string) => (): number => {
  try {
    return arrived(id).reduce((sum, { bytes }) => sum + bytes.length, 0);
  } catch {
    return 0;
  }
};

function finished(parts = 1): string {
  const id = uuidv7();
  const maker = new RecordingMaker(recordingsDir(), id);
  for (let number = 0; number < parts; number++) maker.release(number, part, indexOf(part, 1_762_074_000_000_000));
  maker.describe(metaOf(id, ROOM));
  return id;
}

/** The fragments of the sample part, said to be of 20 s each. */
function longLines(): IndexLine[] {
  return indexOf(part, 1_762_074_000_000_000).map((line) => (line.kind === 'fragment' ? { ...line, durationUs: 20_000_000 } : line));
}

const bytesOf = (lines: readonly IndexLine[]): number => lines.reduce((sum, { bytes }) => sum + bytes, 0);

describe('uploader', { timeout: 40_000 }, () => {
  it('sends a growing recording while the class runs and calls it safe only after the verdict', async () => {
    const id = uuidv7();
    const maker = new RecordingMaker(recordingsDir(), id);
    const lines = longLines();
    maker.describe(metaOf(id, ROOM, { endedAt: null }));
    maker.release(0, part, lines.slice(0, 6));
    maker.tear(0);
    startUploader();
    // Two fragments of 20 s and a half are kept back.
    await until('what is old enough arrives', () => arrivedBytes(id)() === bytesOf(lines.slice(0, 3)));
    expect(status?.recordings.find((one) => one.id === id)?.safe).toBe(false);
    // The recorder was restarted: the torn part stays as it was released, a new one begins.
    maker.release(1, part, lines);
    maker.describe(metaOf(id, ROOM));
    child?.send({ type: 'changed' });
    await until('the verdict', isSafe(id));
    expect(arrived(id).map(({ bytes }) => bytes.length)).toEqual([bytesOf(lines.slice(0, 6)), part.length]);
    expect(status).toMatchObject({ state: 'verified', pendingBytes: 0, problem: '' });
  });

  it('sends nothing of what the teacher has erased, in the program or beside it, and goes on after it', async () => {
    const id = uuidv7();
    const maker = new RecordingMaker(recordingsDir(), id);
    const board = { track: 'board', part: 0 };
    const lines = longLines();
    const tracks = [{ id: 'board', kind: 'camera', name: 'Board' }];
    const redaction = { from: '2026-11-02T09:00:00.000Z', to: '2026-11-02T09:00:30.000Z', erasedFrom: '2026-11-02T09:00:00.000Z' };
    maker.describe(metaOf(id, ROOM, { endedAt: null, tracks }));
    for (const name of [0, board]) maker.release(name, part, lines.slice(0, 6));
    startUploader();
    await until('what is old enough arrives', () => arrivedBytes(id)() === 2 * bytesOf(lines.slice(0, 3)));
    const erased = part.subarray(lines[4]?.offset, (lines[5]?.offset ?? 0) + (lines[5]?.bytes ?? 0));
    for (const name of [{ track: '', part: 0 }, board]) maker.cut(name, lines.slice(0, 4));
    maker.describe(metaOf(id, ROOM, { endedAt: null, tracks, redactions: [redaction] }));
    maker.release(1, part, lines.slice(0, 2));
    child?.send({ type: 'changed' });
    await until('the newest description is known', () => (status?.pendingBytes ?? 1) === 0);
    maker.describe(metaOf(id, ROOM, { tracks, redactions: [redaction] }));
    child?.send({ type: 'changed' });
    await until('the verdict', isSafe(id));
    const sizes = arrived(id).map(({ name, bytes }) => [name.slice(0, name.lastIndexOf('-')), bytes.length]);
    expect(sizes).toEqual([['part-000', bytesOf(lines.slice(0, 4))], ['part-001', bytesOf(lines.slice(0, 2))], ['track-board-000', bytesOf(lines.slice(0, 4))]]);
    expect(arrived(id).every(({ bytes }) => !bytes.includes(erased.subarray(0, 4_096)))).toBe(true);
  });

  it('goes on after being killed in the middle of an upload', async () => {
    const id = finished(2);
    startUploader(300_000);
    await until('some bytes arrive', () => arrivedBytes(id)() > 0);
    await killUploader();
    expect(arrivedBytes(id)()).toBeLessThan(2 * part.length);
    status = null;
    startUploader();
    await until('the verdict', isSafe(id));
    expect(arrived(id).every(({ bytes }) => bytes.equals(part))).toBe(true);
  });

  it('goes on after the library was away in the middle of an upload', async () => {
    const id = finished(2);
    startUploader(300_000);
    await until('some bytes arrive', () => arrivedBytes(id)() > 0);
    await library.stop();
    await until('the trouble is told', () => status?.state === 'failing');
    expect(status?.problem).toContain('cannot be reached');
    await library.start();
    await until('the verdict', isSafe(id), 30_000);
    expect(arrived(id).every(({ bytes }) => bytes.equals(part))).toBe(true);
  });

  it('sends a part again that was damaged on its way or in the library, and is safe only then', async () => {
    const id = finished(2);
    startUploader(300_000);
    await until('one part is up', () => (readable(id) ?? []).some(({ bytes }) => bytes.length === part.length));
    const damaged = join(library.libraryDir, id, arrived(id)[0]?.name ?? '');
    const bytes = readFileSync(damaged);
    bytes.writeUInt8(bytes.readUInt8(5_000) ^ 1, 5_000);
    writeFileSync(damaged, bytes);
    await until('the verdict', isSafe(id), 30_000);
    expect(arrived(id).every((one) => one.bytes.equals(part))).toBe(true);
    expect(arrived(id)).toHaveLength(2);
  });

  it('begins a part anew when the library lost it', async () => {
    const id = finished(2);
    startUploader(300_000);
    await until('some bytes arrive', () => arrivedBytes(id)() > 0);
    truncateSync(join(library.libraryDir, id, arrived(id)[0]?.name ?? ''), 100);
    await until('the verdict', isSafe(id), 30_000);
    expect(arrived(id).every(({ bytes }) => bytes.equals(part))).toBe(true);
  });

  it('waits for new credentials when its own are refused', async () => {
    const id = finished();
    startUploader(0, uploadToken(ROOM, 1));
    await until('it says that it waits', () => status?.problem.includes('no permission') ?? false);
    sendCredentials(uploadToken(ROOM));
    await until('the verdict', isSafe(id));
  });

  it('tells a damaged disk from a damaged transfer and never calls that safe', async () => {
    const id = finished();
    writeFileSync(join(recordingsDir(), id, 'part-000.mp4'), Buffer.alloc(part.length));
    startUploader();
    await until('the damage is told', () => status?.problem.includes("damaged on the box's disk") ?? false);
    expect(isSafe(id)()).toBe(false);
  });

  it.each([
    ['description', 'recording.json'],
    ['index', 'part-000.index.jsonl'],
  ])('sends the others and says so when the disk cannot read the %s of one', async (_what, name) => {
    const [unreadable, id] = [finished(), finished()];
    const file = join(recordingsDir(), unreadable, name);
    const content = readFileSync(file);
    // To root nothing is forbidden: what stands for a bad sector is a folder in the file's place.
    rmSync(file);
    mkdirSync(file);
    startUploader();
    await until('the verdict', isSafe(id));
    await until('the trouble is told', () => status?.state === 'failing' && status.problem.includes(unreadable));
    expect(status?.problem).toContain("cannot be read from the box's disk");
    expect(child?.exitCode).toBeNull();
    rmSync(file, { recursive: true });
    writeFileSync(file, content);
    await until('the verdict on the repaired one', isSafe(unreadable));
    await until('the trouble is over', () => status?.state === 'verified' && status.problem === '');
  });

  it('calls nothing safe of which a line of the index is damaged: there is more than it can send', async () => {
    const id = finished();
    const index = join(recordingsDir(), id, 'part-000.index.jsonl');
    const [init = '', ...rest] = readFileSync(index, 'utf8').split('\n');
    writeFileSync(index, [init, rest[0]?.replace('"durationUs":1000000', '"durationUs":1000000.5'), ...rest.slice(1)].join('\n'));
    startUploader();
    await until('the damage is told', () => status?.problem.includes("damaged on the box's disk") ?? false);
    expect(isSafe(id)()).toBe(false);
  });
});

function readable(id: string): { bytes: Buffer }[] | null {
  try {
    return arrived(id);
  } catch {
    return null;
  }
}
