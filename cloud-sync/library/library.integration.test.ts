import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import type { Manifest, RecordingEntry } from '../contract/library.ts';
import type { IndexLine } from '../contract/recording-folder.ts';
import { createTokenKeys } from '#kit/process/tokens.ts';
import { catalogueToken, LibraryServer, uploadToken } from './testing/library-server.ts';
import { indexOf, makePart, metaOf } from './testing/recording-maker.ts';

const ROOM = 'room-301';
const CAPTURE_US = 1_762_074_000_000_000;
const TUS = { 'tus-resumable': '1.0.0' };
let folder: string;
let library: LibraryServer;
let part: Buffer;
let index: IndexLine[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lectern-library-'));
  library = new LibraryServer(folder);
  await library.start();
  part = makePart(6);
  index = indexOf(part, CAPTURE_US);
});
afterAll(async () => {
  await library.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function call(method: string, path: string, token: string, body?: unknown, headers: Record<string, string> = {}) {
  const json = body !== undefined && !Buffer.isBuffer(body);
  const answer = await fetch(`${library.url}${path}`, {
    method,
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(json ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(body === undefined ? {} : { body: json ? JSON.stringify(body) : new Uint8Array(body) }),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, headers: answer.headers, bytes, text: bytes.toString('utf8') };
}

const codeIn = ({ text }: { text: string }): string => (JSON.parse(text) as { error: { code: string } }).error.code;
const metadata = (recording: string, number: number, room = ROOM, track = ''): Record<string, string> => {
  const pairs = Object.entries({ recording, part: String(number), room, ...(track === '' ? {} : { track }) }).map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`);
  return { ...TUS, 'upload-defer-length': '1', 'upload-metadata': pairs.join(',') };
};

async function upload(recording: string, number: number, bytes = part, track = ''): Promise<string> {
  const created = await call('POST', '/uploads', uploadToken(ROOM), undefined, metadata(recording, number, ROOM, track));
  expect(created.status).toBe(201);
  const path = created.headers.get('location') ?? '';
  const headers = { ...TUS, 'content-type': 'application/offset+octet-stream', 'upload-offset': '0', 'upload-length': String(bytes.length) };
  expect((await call('PATCH', path, uploadToken(ROOM), bytes, headers)).status).toBe(204);
  return path;
}

function manifestOf(recording: string, uploads: readonly string[]): Manifest {
  const sha256 = createHash('sha256').update(part).digest('hex');
  const parts = uploads.map((path, number) => ({
    part: number, upload: path, bytes: part.length, sha256,
    index: index.map((line) => (line.kind === 'fragment' ? { ...line, captureUs: line.captureUs + number * 60_000_000 } : line)),
  }));
  return { meta: metaOf(recording, ROOM), parts };
}

async function safeRecording(parts = 1): Promise<string> {
  const id = uuidv7();
  const uploads: string[] = [];
  for (let number = 0; number < parts; number++) uploads.push(await upload(id, number));
  const verdict = await call('PUT', `/api/recordings/${id}/manifest`, uploadToken(ROOM), manifestOf(id, uploads));
  expect([verdict.status, verdict.text]).toEqual([200, expect.stringContaining('"safe":true')]);
  return id;
}

async function playlistOf(id: string): Promise<string> {
  const answer = await call('POST', `/api/recordings/${id}/grants`, catalogueToken(), { viewer: 'ada' });
  expect(answer.status).toBe(201);
  return (JSON.parse(answer.text) as { playlist: string }).playlist.replace('http://campus.test', library.url);
}

describe('custody', { timeout: 60_000 }, () => {
  it('takes the description of a class that broke off every other second', async () => {
    const id = uuidv7();
    const gap = { from: '2026-11-02T09:00:00.000Z', to: '2026-11-02T09:00:01.000Z', reason: 'No picture was encoded: a part of the encoder was restarted.' };
    const answer = await call('PUT', `/api/recordings/${id}`, uploadToken(ROOM), metaOf(id, ROOM, { gaps: Array.from({ length: 5_000 }, () => gap) }));
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"safe":false')]);
  });

  it('names the fragment that does not match and stays unsafe until the part was sent again', async () => {
    const id = uuidv7();
    const damaged = Buffer.from(part);
    const third = index[3]?.offset ?? 0;
    damaged.writeUInt8(damaged.readUInt8(third + 100) ^ 1, third + 100);
    const first = await upload(id, 0, damaged);
    const answer = await call('PUT', `/api/recordings/${id}/manifest`, uploadToken(ROOM), manifestOf(id, [first]));
    expect([answer.status, codeIn(answer)]).toEqual([422, 'manifest_mismatch']);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { details: { safe: false, wrong: [{ part: 0, reason: 'fragment 3 arrived damaged' }] } } });
    expect((await call('POST', `/api/recordings/${id}/grants`, catalogueToken(), { viewer: 'ada' })).status).toBe(409);
    const again = await call('PUT', `/api/recordings/${id}/manifest`, uploadToken(ROOM), manifestOf(id, [await upload(id, 0)]));
    expect(JSON.parse(again.text)).toMatchObject({ safe: true, wrong: [] });
    expect(readdirSync(join(library.libraryDir, id))).toHaveLength(1);
  });

  it('keeps what was sent of a part that the box no longer names: nobody has verified that it is elsewhere', async () => {
    const id = uuidv7();
    const [, second = ''] = [await upload(id, 0), await upload(id, 1)];
    const whole = manifestOf(id, ['', second]);
    const answer = await call('PUT', `/api/recordings/${id}/manifest`, uploadToken(ROOM), { ...whole, parts: whole.parts.slice(1) });
    expect(JSON.parse(answer.text)).toMatchObject({ safe: true });
    const left = readdirSync(join(library.libraryDir, id)).toSorted();
    expect(left.map((name) => [name.slice(0, 8), statSync(join(library.libraryDir, id, name)).size])).toEqual([['part-000', part.length], ['part-001', part.length]]);
  });

  it('answers the same manifest twice with the same verdict, and closes the recording', async () => {
    const id = await safeRecording();
    const same = await call('PUT', `/api/recordings/${id}/manifest`, uploadToken(ROOM), manifestOf(id, ['']));
    expect(JSON.parse(same.text)).toMatchObject({ safe: true });
    const other = manifestOf(id, ['']);
    other.parts[0] = { ...(other.parts[0] as Manifest['parts'][number]), sha256: 'f'.repeat(64) };
    expect((await call('PUT', `/api/recordings/${id}/manifest`, uploadToken(ROOM), other)).status).toBe(422);
    expect(codeIn(await call('POST', '/uploads', uploadToken(ROOM), undefined, metadata(id, 0)))).toBe('already_safe');
  });

  it('does not take an unfinished upload, another recording or another part for the one it wants', async () => {
    const [id, other] = [uuidv7(), uuidv7()];
    const foreign = await upload(other, 0);
    const unfinished = (await call('POST', '/uploads', uploadToken(ROOM), undefined, metadata(id, 0))).headers.get('location') ?? '';
    for (const path of [foreign, unfinished, '/uploads/../../etc/passwd', `${foreign}/..`]) {
      const answer = await call('PUT', `/api/recordings/${id}/manifest`, uploadToken(ROOM), manifestOf(id, [path]));
      expect([path, answer.status, codeIn(answer)]).toEqual([path, 422, 'manifest_mismatch']);
    }
  });
});

describe('doors', { timeout: 30_000 }, () => {
  it('opens each only to the right token, and knows nothing for the others', async () => {
    const id = await safeRecording();
    const doors = [['POST', '/uploads'], ['PUT', `/api/recordings/${id}`], ['PUT', `/api/recordings/${id}/manifest`], ['GET', '/api/recordings'], ['GET', `/api/recordings/${id}`], ['POST', `/api/recordings/${id}/grants`]] as const;
    const strangers = ['', 'nonsense', uploadToken(ROOM, 1), catalogueToken(createTokenKeys())];
    for (const [method, path] of doors) for (const token of strangers) expect([path, (await call(method, path, token)).status]).toEqual([path, 401]);
    expect((await call('GET', '/api/recordings', uploadToken(ROOM))).status).toBe(401);
    expect((await call('PUT', `/api/recordings/${id}`, catalogueToken())).status).toBe(401);
  });

  it("keeps a box to its own room's recordings", async () => {
    const id = await safeRecording();
    const [path] = [await upload(uuidv7(), 0)];
    const stranger = uploadToken('room-666');
    expect((await call('HEAD', path, stranger, undefined, TUS)).status).toBe(404);
    expect(codeIn(await call('POST', '/uploads', stranger, undefined, metadata(id, 0)))).toBe('foreign_room');
    expect(codeIn(await call('POST', '/uploads', stranger, undefined, metadata(id, 0, 'room-666')))).toBe('foreign_recording');
    expect(codeIn(await call('PUT', `/api/recordings/${id}`, stranger, metaOf(id, ROOM)))).toBe('foreign_room');
  });

  it('takes from a box that was moved what it had not sent of its earlier room', async () => {
    const id = uuidv7();
    const path = await upload(id, 0);
    const moved = uploadToken('room-666', undefined, [ROOM]);
    expect((await call('HEAD', path, moved, undefined, TUS)).status).toBe(200);
    expect((await call('POST', '/uploads', moved, undefined, metadata(id, 1))).status).toBe(201);
    const verdict = await call('PUT', `/api/recordings/${id}/manifest`, moved, manifestOf(id, [path]));
    expect([verdict.status, verdict.text]).toEqual([200, expect.stringContaining('"safe":true')]);
    expect((await call('GET', `/api/recordings/${id}`, catalogueToken())).text).toContain(`"room":"${ROOM}"`);
  });

  it('answers metadata and paths that are none of tus business', async () => {
    const bad = { ...TUS, 'upload-defer-length': '1', 'upload-metadata': `recording ${Buffer.from('../../x').toString('base64')},part MA==,room ${Buffer.from(ROOM).toString('base64')}` };
    expect(codeIn(await call('POST', '/uploads', uploadToken(ROOM), undefined, bad))).toBe('bad_metadata');
    expect((await call('HEAD', '/uploads/..%2f..%2flibrary.sqlite', uploadToken(ROOM), undefined, TUS)).status).toBe(404);
  });
});

describe('replay', { timeout: 60_000 }, () => {
  it('plays through in FFmpeg, over two parts', async () => {
    const playlist = await playlistOf(await safeRecording(2));
    const count = ['-v', 'error', '-select_streams', 'v:0', '-count_packets', '-show_entries', 'stream=nb_read_packets', '-of', 'csv=p=0'];
    const { stdout } = await promisify(execFile)('ffprobe', [...count, playlist], { timeout: 30_000 });
    expect(Number(stdout.trim().split('\n')[0])).toBe(2 * 150);
  });

  it('serves ranges, refuses those that are not there, and is readable from any page', async () => {
    const playlist = await playlistOf(await safeRecording());
    const file = playlist.replace('index.m3u8', 'part-000.mp4').replace(library.url, '');
    const some = await call('GET', file, '', undefined, { range: 'bytes=10-19' });
    expect([some.status, some.headers.get('content-range'), some.headers.get('access-control-allow-origin')]).toEqual([206, `bytes 10-19/${part.length}`, '*']);
    expect(some.bytes.equals(part.subarray(10, 20))).toBe(true);
    expect((await call('GET', file, '')).bytes.equals(part)).toBe(true);
    const beyond = await call('GET', file, '', undefined, { range: `bytes=${part.length}-` });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${part.length}`]);
  });

  it('keeps single sources beside the program, and lists them', async () => {
    const id = uuidv7();
    const paths = [await upload(id, 0), await upload(id, 0, part, 'board')];
    const manifest = manifestOf(id, paths);
    manifest.parts[1] = { ...(manifest.parts[1] as Manifest['parts'][number]), part: 0, track: 'board' };
    manifest.meta = metaOf(id, ROOM, { tracks: [{ id: 'board', kind: 'camera', name: 'Board' }] });
    expect((await call('PUT', `/api/recordings/${id}/manifest`, uploadToken(ROOM), manifest)).status).toBe(200);
    const { recordings } = JSON.parse((await call('GET', '/api/recordings', catalogueToken())).text) as { recordings: RecordingEntry[] };
    const entry = recordings.find((one) => one.id === id);
    expect(entry).toMatchObject({ durationSeconds: 6, bytes: 2 * part.length });
    expect(JSON.parse((await call('GET', `/api/recordings/${id}`, catalogueToken())).text)).toEqual(entry);
    const unknown = await call('GET', `/api/recordings/${uuidv7()}`, catalogueToken());
    expect([unknown.status, codeIn(unknown)]).toEqual([404, 'unknown_recording']);
    expect(entry?.tracks).toEqual([{ id: 'board', kind: 'camera', name: 'Board', bytes: part.length, durationSeconds: 6 }]);
    const playlist = await playlistOf(id);
    expect((await call('GET', playlist.replace(library.url, ''), '')).text).not.toContain('track');
    const wrong = { ...manifest, parts: manifest.parts.map((one) => ({ ...one, sha256: one.track === 'board' ? 'f'.repeat(64) : one.sha256 })) };
    const answer = await call('PUT', `/api/recordings/${id}/manifest`, uploadToken(ROOM), wrong);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { details: { wrong: [{ track: 'board', part: 0 }] } } });
  });

  it('hides what the teacher had erased, from playlist and ranges, for good', async () => {
    const id = uuidv7();
    const manifest = manifestOf(id, [await upload(id, 0)]);
    const at = (second: number): string => new Date(CAPTURE_US / 1000 + second * 1000).toISOString();
    const hidden = { from: at(2), to: at(4), erasedFrom: at(4) };
    const told = { ...manifest, meta: metaOf(id, ROOM, { redactions: [hidden] }) };
    expect((await call('PUT', `/api/recordings/${id}/manifest`, uploadToken(ROOM), told)).status).toBe(200);
    const range = async (fragment: number): Promise<number> => {
      const { offset = 0, bytes = 0 } = index.filter(({ kind }) => kind === 'fragment')[fragment] ?? {};
      const file = (await playlistOf(id)).replace('index.m3u8', 'part-000.mp4').replace(library.url, '');
      return (await call('GET', file, '', undefined, { range: `bytes=${offset}-${offset + bytes - 1}` })).status;
    };
    // Sent again without it, as by a box that lost its memory, and with another beside it.
    for (const redactions of [[], [{ from: at(5), to: at(6), erasedFrom: at(6) }]]) {
      expect((await call('PUT', `/api/recordings/${id}/manifest`, uploadToken(ROOM), { ...manifest, meta: metaOf(id, ROOM, { redactions }) })).status).toBe(200);
    }
    expect([await range(0), await range(1), await range(2), await range(3), await range(4), await range(5)]).toEqual([206, 206, 403, 403, 206, 403]);
    const file = (await playlistOf(id)).replace('index.m3u8', 'part-000.mp4').replace(library.url, '');
    const whole = await call('GET', file, '');
    expect([whole.status, codeIn(whole)]).toEqual([403, 'redacted']);
    const count = ['-v', 'error', '-select_streams', 'v:0', '-count_packets', '-show_entries', 'stream=nb_read_packets', '-of', 'csv=p=0'];
    const { stdout } = await promisify(execFile)('ffprobe', [...count, await playlistOf(id)], { timeout: 30_000 });
    expect(Number(stdout.trim().split('\n')[0])).toBe(75);
  });

  it('wants a grant for this very recording', async () => {
    const [one, other] = [await safeRecording(), await safeRecording()];
    const grant = new URL(await playlistOf(one)).search;
    const refused = await call('GET', `/media/${other}/index.m3u8${grant}`, '');
    expect([refused.status, codeIn(refused), refused.headers.get('access-control-allow-origin')]).toEqual([401, 'bad_grant', '*']);
    expect((await call('GET', `/media/${uuidv7()}/index.m3u8`, '')).status).toBe(401);
    expect((await call('GET', `/media/${one}/part-001.mp4${grant}`, '')).status).toBe(404);
  });
});
