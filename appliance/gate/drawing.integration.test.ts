import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawCard } from './drawing.ts';
import { frameBytes } from './i420.ts';

const SIZE = { width: 320, height: 180 };
const folder = mkdtempSync(join(tmpdir(), 'drawing-'));
const killed = join(folder, 'killed');
const path = process.env['PATH'] ?? '';

beforeAll(() => {
  // Stands in front of FFmpeg, and is killed the first time.
  writeFileSync(join(folder, 'ffmpeg'), `#!/bin/sh\n[ -e ${killed} ] || { : > ${killed}; kill -KILL $$; }\nPATH=${path} exec ffmpeg "$@"\n`, { mode: 0o755 });
  process.env['PATH'] = `${folder}:${path}`;
});

afterAll(() => {
  process.env['PATH'] = path;
  rmSync(folder, { recursive: true, force: true });
});

it('draws once more what was killed on the way, and not what cannot be drawn', async () => {
  const desk = { folder, signal: new AbortController().signal };
  expect((await drawCard(SIZE, { title: 'Optics', line: 'Li Na' }, 'card', desk)).length).toBe(frameBytes(SIZE));
  expect(existsSync(killed)).toBe(true);
  await expect(drawCard({ width: 0, height: 0 }, { title: 'Optics', line: '' }, 'nothing', desk)).rejects.toMatchObject({ code: 'not_drawn' });
});
