import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { createHttp, type Http } from '#kit/process/http.ts';
import { createMetrics } from '#kit/process/metrics.ts';
import type { Recordings, SafePart } from '../recordings.ts';
import { addMediaRoutes } from './media-routes.ts';

vi.mock(import('node:fs'), async (original) => {
  const fs = await original();
  return { ...fs, createReadStream: vi.fn(fs.createReadStream) };
});

const ID = uuidv7();
const BYTES = 1_000;
const PART: SafePart = { track: '', part: 0, upload: 'part.mp4', bytes: BYTES, sha256: 'a', initBytes: 0, segments: [] };
let folder: string;
let http: Http;

beforeEach(async () => {
  vi.mocked(createReadStream).mockClear();
  folder = mkdtempSync(join(tmpdir(), 'lectern-media-'));
  writeFileSync(join(folder, PART.upload), Buffer.alloc(BYTES));
  const recordings = { get: () => ({ id: ID, room: '', safeAtMs: 1, parts: [PART], redactions: [] }) } as unknown as Recordings;
  http = await createHttp({ name: 'test', log: pino({ level: 'silent' }), authorise: () => undefined, health: () => ({ ok: true, reasons: [] }), metrics: createMetrics('test') });
  await addMediaRoutes(http, { libraryDir: folder, recordings });
});
afterEach(async () => {
  await http.close();
  rmSync(folder, { recursive: true, force: true });
});

it.each([['GET', 1, BYTES], ['HEAD', 0, 0]] as const)('reads a file that is asked for by %s as often as it sends it: %d', async (method, reads, sent) => {
  const answer = await http.inject({ method, url: `/media/${ID}/part-000.mp4?grant=g` });
  expect([answer.statusCode, answer.headers['content-length'], answer.rawPayload.length]).toEqual([200, String(BYTES), sent]);
  expect(createReadStream).toHaveBeenCalledTimes(reads);
});
