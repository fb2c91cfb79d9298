import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SmallDisk } from '#appliance/recorder/testing/small-disk.ts';
import { LibraryServer, uploadToken } from './testing/library-server.ts';

const ROOM = 'room-301';
const MEGABYTE = 2 ** 20;
let folder: string;
let disk: SmallDisk;
let library: LibraryServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lectern-space-'));
  library = new LibraryServer(folder);
  // One megabyte more than what is kept free.
  disk = new SmallDisk(library.libraryDir, 257);
  await library.start();
});
afterEach(async () => {
  await library.stop();
  disk.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function tus(method: string, path: string, headers: Record<string, string>, bytes = 0): Promise<Response> {
  const all = { authorization: `Bearer ${uploadToken(ROOM)}`, 'tus-resumable': '1.0.0', ...headers };
  return fetch(`${library.url}${path}`, { method, headers: all, ...(method === 'PATCH' ? { body: new Uint8Array(bytes) } : {}) });
}

const send = (path: string, offset: number, bytes: number, more = {}): Promise<Response> =>
  tus('PATCH', path, { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset), ...more }, bytes);

it('leaves databases and logs their room, also in the middle of an upload, and takes its length all the same', async () => {
  const metadata = Object.entries({ recording: uuidv7(), part: '0', room: ROOM }).map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`);
  const created = await tus('POST', '/uploads', { 'upload-defer-length': '1', 'upload-metadata': metadata.join(',') });
  const path = created.headers.get('location') ?? '';
  expect((await send(path, 0, MEGABYTE / 2)).status).toBe(204);
  const refused = await send(path, MEGABYTE / 2, MEGABYTE);
  expect([refused.status, await refused.json()]).toMatchObject([507, { error: { code: 'library_full' } }]);
  expect((await tus('HEAD', path, {})).headers.get('upload-offset')).toBe(String(MEGABYTE / 2));
  expect((await send(path, MEGABYTE / 2, 0, { 'upload-length': String(MEGABYTE / 2) })).status).toBe(204);
});
