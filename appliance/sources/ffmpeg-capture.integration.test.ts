import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it, vi } from 'vitest';
import { keepDialled } from '../gate/dial.ts';
import { FfmpegCapture } from './ffmpeg-capture.ts';

const WAIT = { timeout: 20_000, interval: 20 };
const RASTER = { width: 320, height: 180 };
const PICTURES = 50;
const folder = mkdtempSync(join(tmpdir(), 'ffmpeg-capture-'));
const stop = new AbortController();
let running: Promise<unknown> = Promise.resolve();

afterEach(async () => {
  stop.abort();
  await running;
  rmSync(folder, { recursive: true, force: true });
});

/** Two seconds of Motion JPEG, as a USB camera gives it, in which so many pictures are nothing but zeros. */
async function damagedFile(damaged: number): Promise<string> {
  const args = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-frames:v', String(PICTURES), '-c:v', 'mjpeg', '-f', 'avi', 'pipe:1'];
  const { stdout: bytes } = await promisify(execFile)('ffmpeg', args, { encoding: 'buffer', maxBuffer: 1e8 });
  for (let [at, number] = [bytes.indexOf('00dc'), 0]; number < 10 + damaged; at = bytes.indexOf('00dc', at + 4), number += 1) {
    if (number >= 10) bytes.fill(0, at + 8, at + 8 + bytes.readUInt32LE(at + 4));
  }
  const file = join(folder, 'damaged.avi');
  writeFileSync(file, bytes);
  return file;
}

it('counts the pictures of a camera that FFmpeg cannot decode, and goes on', async () => {
  const seen = { bytes: 0, dropped: 0 };
  const socketPath = join(folder, 's.sock');
  const capture = new FfmpegCapture({
    source: { id: 'camera', name: 'Camera', kind: 'camera', url: `file:${await damagedFile(5)}` }, raster: RASTER, programFps: 25, socketPath, wallUs: (us) => us,
    news: { dropped: (frames) => void (seen.dropped += frames) },
  });
  const room = Buffer.alloc(64 * 1024);
  const took = (bytes: number): void => {
    seen.bytes += bytes;
    capture.reported(0);
  };
  running = Promise.all([capture.run(stop.signal), keepDialled(socketPath, { room: () => room, took, closed: () => undefined }, stop.signal)]);
  await vi.waitFor(() => expect(seen.dropped).toBeGreaterThanOrEqual(5), WAIT);
  const before = seen.bytes;
  await vi.waitFor(() => expect(seen.bytes).toBeGreaterThan(before), WAIT);
});
