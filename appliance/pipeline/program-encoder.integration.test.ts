import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import { PacketBus } from '../bus/packet-bus.ts';
import { tryEncoder } from '../encoder/probe.ts';
import { type ProgramConfig, ProgramEncoder } from './program-encoder.ts';

const PROGRAM: ProgramConfig = {
  width: 320, height: 180, fps: 25, x264Preset: 'ultrafast', renditions: [{ id: 'a', width: 320, height: 180, bitrateKbps: 300 }],
};
/** With NVENC its end is never seen: as with a driver that hangs in the kernel something holds on to its pipe, and gets no signal. */
const FFMPEG = `#!/bin/sh
case "$*" in
  *h264_nvenc*) sleep 60 & echo $! >> "$0.pids"; wait ;;
  *) PATH="\${PATH#*:}" exec ffmpeg "$@" ;;
esac
`;
const HANGS = { name: 'h264_nvenc', reason: 'its driver hangs, and cannot be stopped' };

const folder = mkdtempSync(join(tmpdir(), 'program-encoder-'));
const log = createLog('test');

beforeAll(() => {
  writeFileSync(join(folder, 'ffmpeg'), FFMPEG);
  chmodSync(join(folder, 'ffmpeg'), 0o755);
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH'] ?? ''}`);
  log.level = 'silent';
});

afterAll(() => {
  vi.unstubAllEnvs();
  for (const pid of readFileSync(join(folder, 'ffmpeg.pids'), 'utf8').trim().split('\n')) process.kill(Number(pid), 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

it('goes on to the next encoder when the trial of one hangs and cannot be ended', async () => {
  const sockets = { video: join(folder, 'video.sock'), audio: join(folder, 'audio.sock') };
  const encoder = new ProgramEncoder(PROGRAM, ['h264_nvenc', 'libx264'], sockets, new PacketBus(log), log);
  await encoder.prepare(new AbortController().signal);
  expect(encoder.snapshot()).toMatchObject({ name: 'libx264', refused: [HANGS] });
}, 20_000);

it('waits for no trial that hangs when all is to end', async () => {
  expect(await tryEncoder('h264_nvenc', PROGRAM, AbortSignal.timeout(200))).toEqual({ works: false, reason: HANGS.reason, isStuck: true });
}, 5_000);
