import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { examine } from './doctor.ts';
import type { Finding } from './finding.ts';

it('tries what a class needs on this very machine, and leaves nothing behind', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'doctor-'));
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  try {
    const findings = await examine(
      {
        program: { width: 320, height: 180, fps: 25, x264Preset: 'ultrafast', renditions: [{ id: '180p', width: 320, height: 180, bitrateKbps: 200 }] },
        encoders: ['h264_nvenc', 'libx264'], recordingsDir: dir, bytesPerHour: 1,
        listening: [{ what: 'panel', protocol: 'tcp', host: '127.0.0.1', port }, { what: 'media', protocol: 'udp', host: '127.0.0.1', port: 0 }],
      },
      new AbortController().signal,
    );
    const about = (subject: string): string[] => findings.filter((one) => one.about === subject).map(({ verdict, says }) => `${verdict}: ${says}`);
    expect(about('FFmpeg')).toEqual([expect.stringMatching(/^good: Version \d/)]);
    expect(about('Encoders')).toEqual([expect.stringMatching(/^look: h264_nvenc is not used: .*NVIDIA/), expect.stringMatching(/^(good|look): libx264 encodes 180p/)]);
    expect(about('Ports')).toEqual([expect.stringMatching(/^look: .* is taken/), expect.stringMatching(/^good: UDP .* is free/)]);
    expect(about('Disk')).toEqual([expect.stringMatching(/a second of video is safe on it after \d+ ms/)]);
    expect(findings.filter(({ verdict }) => verdict === 'bad')).toEqual([]);
    expect(readdirSync(dir)).toEqual([]);
  } finally {
    taken.close();
    rmSync(dir, { recursive: true });
  }
});

it('prints the same for people and for programs, and ends as the worst finding has it', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'doctor-'));
  const doctor = (...args: string[]): Promise<Ended> => ended(args, dir);
  try {
    const read = await doctor();
    expect([read.stdout, read.stderr]).toEqual([expect.stringMatching(/FFmpeg/), '']);
    const { findings } = JSON.parse((await doctor('--json')).stdout) as { findings: Finding[] };
    expect(findings.map(({ about }) => about)).toEqual(expect.arrayContaining(['FFmpeg', 'Encoders', 'Disk', 'Ports']));
    expect(read.code).toBe(findings.some(({ verdict }) => verdict === 'bad') ? 1 : 0);
    const absent = await doctor('--config', join(dir, 'absent.json'));
    expect([absent.code, absent.stdout]).toEqual([1, '']);
    expect(absent.stderr).toContain('absent.json');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npx lectern doctor` as it comes out of `run.mjs`, started in `cwd`. */
function ended(args: readonly string[], cwd: string): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  execFile(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url)), ...args], { cwd }, (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
  });
  return promise;
}
