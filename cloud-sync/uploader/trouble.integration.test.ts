import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FromUploader } from '../contract/uploader.ts';
import { metaOf, RecordingMaker } from '../library/testing/recording-maker.ts';
import { openUploaderDatabase, type Db } from './database.ts';
import { RecordingsFolder } from './folder.ts';
import { createMemory } from './memory.ts';
import { Uploader } from './uploader.ts';

const ROOM = 'room-301';
const FULL = "The library's disk is full.";
/** What the log says of a step that failed. */
interface Failed {
  readonly failures: number;
  readonly waitMs: number;
}
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let folder: string;
let db: Db;
let library: Server;
let asked: string[];
let sizes: number[];
/** How the library answers to a question, to bytes and to a manifest. */
let toQuestion: Answer;
let toBytes: Answer;
let toManifest: Answer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lectern-trouble-'));
  db = openUploaderDatabase(join(folder, 'uploader.sqlite'));
  [asked, sizes] = [[], []];
  [toQuestion, toBytes, toManifest] = [atNothing, takesBytes, safe];
  library = createServer(answer);
  await new Promise<void>((resolve) => void library.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  library.close();
  library.closeAllConnections();
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A library that says yes to all else. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { method = '', url = '' } = request;
  asked.push(method);
  if (method === 'PATCH') sizes.push(Number(request.headers['content-length']));
  request.resume();
  response.setHeader('content-type', 'application/json');
  if (method === 'POST') response.writeHead(201, { location: '/uploads/a' }).end();
  else if (method === 'HEAD') toQuestion(request, response);
  else if (method === 'PATCH') toBytes(request, response);
  else if (url.endsWith('/manifest')) toManifest(request, response);
  else response.end('{}');
}

const refusal = (status: number, code: string, message: string): Answer => (_request, response) => void response.writeHead(status).end(JSON.stringify({ error: { code, message } }));
const atNothing: Answer = (_request, response) => void response.writeHead(200, { 'upload-offset': '0' }).end();
const takesBytes: Answer = ({ headers }, response) => {
  response.writeHead(204, { 'upload-offset': Number(headers['upload-offset']) + Number(headers['content-length']) }).end();
};
const safe: Answer = ({ url = '' }, response) => void response.end(JSON.stringify({ recording: url.split('/')[3], safe: true, verifiedAt: '2026-11-02T10:00:00.000Z', wrong: [] }));

function recorded(): string {
  const [id, bytes] = [uuidv7(), Buffer.alloc(1_000_000)];
  const maker = new RecordingMaker(join(folder, 'recordings'), id);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  maker.release(0, bytes, [{ kind: 'init', offset: 0, bytes: bytes.length, sha256, captureUs: 0, durationUs: 0 }]);
  maker.describe(metaOf(id, ROOM));
  return id;
}

/** What an uploader says and logs while `look` looks. */
async function whileRunning(look: (heard: readonly FromUploader[], failed: readonly Failed[]) => Promise<void>): Promise<void> {
  const [heard, failed]: [FromUploader[], Failed[]] = [[], []];
  const log = pino({}, { write: (line) => void failed.push(JSON.parse(line) as Failed) });
  const config = { recordingsDir: join(folder, 'recordings'), databaseFile: '', limitBytesPerSecond: 0 };
  const uploader = new Uploader({ config, memory: createMemory(db), folder: new RecordingsFolder(config.recordingsDir), log, onStatus: (status) => heard.push(status) });
  const url = `http://127.0.0.1:${(library.address() as AddressInfo).port}`;
  uploader.setCredentials({ uploadsUrl: `${url}/uploads`, libraryUrl: url, token: 'a' });
  const stop = new AbortController();
  const running = uploader.run(stop.signal);
  try {
    await look(heard, failed);
  } finally {
    stop.abort();
    await running;
  }
}

it('tells of a library that answers every question and takes no bytes, and troubles it less and less', { timeout: 40_000 }, async () => {
  recorded();
  toBytes = refusal(507, 'library_full', FULL);
  await whileRunning(async (heard, failed) => {
    await expect.poll(() => failed.slice(0, 4).map(({ failures }) => failures)).toEqual([1, 2, 3, 4]);
    await expect.poll(() => heard.at(-1)).toMatchObject({ state: 'failing', problem: FULL });
    // It was asked where the upload stands in between, and said so.
    expect(asked.slice(0, 5)).toEqual(['PUT', 'POST', 'PATCH', 'HEAD', 'PATCH']);
    expect(sizes.slice(0, 4)).toEqual([1_000_000, 786_432, 393_216, 196_608]);
  });
});

it('calls it no trouble that a verdict is long in coming, and reads the recording once for it', { timeout: 40_000 }, async () => {
  const id = recorded();
  const manifests: string[] = [];
  toManifest = (request, response) => {
    manifests.push(id);
    // Who read the part again would not find it.
    rmSync(join(folder, 'recordings', id, 'part-000.mp4'), { force: true });
    if (manifests.length <= 3) refusal(409, 'already_verifying', 'It is being verified.')(request, response);
    else safe(request, response);
  };
  await whileRunning(async (heard) => {
    await expect.poll(() => heard.at(-1)?.state).toBe('verified');
    expect(new Set(heard.map(({ state }) => state))).toEqual(new Set(['uploading', 'verified']));
  });
});

const count = (method: string): number => asked.filter((one) => one === method).length;

it('goes on with an upload after somebody between said that there is none', { timeout: 40_000 }, async () => {
  recorded();
  const isRestarting = (): boolean => count('HEAD') < 3;
  const nothingHere: Answer = (_request, response) => void response.writeHead(404).end('{"error":{"code":404,"message":"Not found."}}');
  toQuestion = (...exchange) => (isRestarting() ? nothingHere : atNothing)(...exchange);
  toBytes = (...exchange) => (isRestarting() ? nothingHere : takesBytes)(...exchange);
  await whileRunning(async (heard) => {
    await expect.poll(() => heard.at(-1)?.state).toBe('verified');
    expect([count('HEAD') >= 3, count('POST')]).toEqual([true, 1]);
  });
});

it('begins an upload anew that the library says it does not have', { timeout: 40_000 }, async () => {
  recorded();
  const isLost = (): boolean => count('POST') < 2;
  const unknown = refusal(404, 'unknown_upload', 'There is no such upload. Create a new one.');
  toQuestion = (...exchange) => (isLost() ? unknown : atNothing)(...exchange);
  // Lost between its first bytes, which fail, and the question that follows.
  toBytes = (...exchange) => (sizes.length === 1 ? refusal(500, 'internal', 'Not now.') : isLost() ? unknown : takesBytes)(...exchange);
  await whileRunning(async (heard) => {
    await expect.poll(() => heard.at(-1)?.state).toBe('verified');
    expect(count('POST')).toBe(2);
  });
});

it('tells at once what the disk has lost, and does not read it again and again', { timeout: 40_000 }, async () => {
  const id = recorded();
  writeFileSync(join(folder, 'recordings', id, 'part-000.mp4'), Buffer.alloc(1_000_000, 1));
  await whileRunning(async (heard, failed) => {
    await expect.poll(() => heard.at(-1)?.problem).toContain("damaged on the box's disk");
    expect(failed.map(({ waitMs }) => waitMs)).toEqual([expect.toSatisfy((waitMs: number) => waitMs >= 15_000)]);
  });
});
