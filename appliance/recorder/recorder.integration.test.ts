import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { indexName, partName } from '#cloud-sync/contract/recording-folder.ts';
import { forkTs } from '#kit/process/child.ts';
import { createLog } from '#kit/process/log.ts';
import { readIndex, readMeta } from './recording-folder.ts';
import { Recorder } from './recorder.ts';
import { endRecording, openRecordings } from './recover.ts';
import { livePackets } from './testing/live-packets.ts';

const run = promisify(execFile);
const ID = '0190a1b2-0000-7000-8000-000000000001';
const log = createLog('test');
const WAIT = { timeout: 10_000, interval: 50 };
let folder = '';
let stop = new AbortController();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recorder-'));
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  rmSync(folder, { recursive: true, force: true });
});

/** Frames that FFmpeg decodes from a part; rejects when it has anything to complain of. */
async function framesOf(part: number): Promise<number> {
  const file = join(folder, ID, partName(part));
  const { stdout, stderr } = await run('ffprobe', ['-v', 'error', '-count_frames', '-select_streams', 'v', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', file]);
  expect(stderr).toBe('');
  return Number.parseInt(stdout, 10);
}

async function fragments(part: number): Promise<number> {
  if (!existsSync(join(folder, ID, indexName(part)))) return 0;
  return (await readIndex(join(folder, ID), part)).lines.filter(({ kind }) => kind === 'fragment').length;
}

async function killWhileRecording(part: number): Promise<void> {
  const script = fileURLToPath(new URL('testing/record.ts', import.meta.url));
  const child = forkTs(script, [folder, ID], { signal: stop.signal, name: 'record' });
  await vi.waitFor(async () => expect(await fragments(part)).toBeGreaterThanOrEqual(3), WAIT);
  child.process.kill('SIGKILL');
  await once(child.process, 'exit');
}

async function recordUntil(part: number, count: number): Promise<Recorder> {
  const meta = { id: ID, lesson: 'lesson', room: 'room', title: 'Title', teacher: 'Teacher', startedAt: new Date().toISOString() };
  const recorder = await Recorder.open({ recordingsDir: folder, meta, layer: '720p', log });
  const live = livePackets((packet) => recorder.write(packet), stop.signal);
  await vi.waitFor(async () => expect(await fragments(part)).toBeGreaterThanOrEqual(count), WAIT);
  await vi.waitFor(() => expect(recorder.report().decoded).toBe(true), WAIT);
  stop.abort();
  await live;
  return recorder;
}

function verifyIndex(part: number, lines: Awaited<ReturnType<typeof readIndex>>['lines']): void {
  const bytes = readFileSync(join(folder, ID, partName(part)));
  let offset = 0;
  for (const line of lines) {
    expect(line.offset).toBe(offset);
    expect(createHash('sha256').update(bytes.subarray(offset, offset + line.bytes)).digest('hex')).toBe(line.sha256);
    offset += line.bytes;
  }
}

it('records, proves itself, and finishes with an index that covers every byte', async () => {
  const recorder = await recordUntil(0, 4);
  await recorder.finish();
  const { lines } = await readIndex(join(folder, ID), 0);
  verifyIndex(0, lines);
  expect(lines.map(({ kind }) => kind)).toEqual(['init', ...lines.slice(2).map(() => 'fragment'), 'end']);
  expect(statSync(join(folder, ID, partName(0))).size).toBe(recorder.report().bytes + (lines.at(-1)?.bytes ?? 0));
  expect(await framesOf(0)).toBeGreaterThanOrEqual(40);
  expect((await readMeta(join(folder, ID)))?.endedAt).not.toBeNull();
}, 30_000);

it('killed at any instant plays through, and the same class goes on in a new part with the gap stated', async () => {
  await killWhileRecording(0);
  expect(await framesOf(0)).toBeGreaterThanOrEqual(30);
  expect((await openRecordings(folder, log)).map(({ id }) => id)).toEqual([ID]);

  const recorder = await recordUntil(1, 2);
  await recorder.finish();
  expect(await framesOf(1)).toBeGreaterThanOrEqual(20);
  const meta = await readMeta(join(folder, ID));
  expect(meta?.gaps).toEqual([{ from: expect.any(String) as string, to: expect.any(String) as string, reason: 'The recorder was restarted.' }]);
  expect(await openRecordings(folder, log)).toEqual([]);
}, 30_000);

it('a class that is over is ended as it lies: the released bytes stay, torn ones go', async () => {
  await killWhileRecording(0);
  appendFileSync(join(folder, ID, partName(0)), 'half a fragment');
  appendFileSync(join(folder, ID, indexName(0)), '{"kind":"fragment","off');
  const before = (await readIndex(join(folder, ID), 0)).lines;

  await endRecording(folder, ID);
  const { lines } = await readIndex(join(folder, ID), 0);
  expect(lines.slice(0, -1)).toEqual(before);
  verifyIndex(0, lines);
  expect(lines.at(-1)?.kind).toBe('end');
  expect(statSync(join(folder, ID, partName(0))).size).toBe(lines.reduce((sum, line) => sum + line.bytes, 0));
  expect(await framesOf(0)).toBeGreaterThanOrEqual(30);
}, 30_000);
