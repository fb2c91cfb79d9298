import { execFile } from 'node:child_process';
import { rename, rm, stat } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Tried in turn: fewer colours first, then a smaller picture. */
const STEPS = [
  { scale: 1, colours: 256 },
  { scale: 1, colours: 96 },
  { scale: 0.75, colours: 128 },
  { scale: 0.6, colours: 96 },
  { scale: 0.5, colours: 64 },
] as const;

/** Makes a PNG no larger than `maxBytes`, in place. @throws Error when even the smallest try is larger */
export async function shrinkPng(file: string, maxBytes: number): Promise<void> {
  const smaller = `${file}.small.png`;
  for (const { scale, colours } of STEPS) {
    const filter = `scale=iw*${scale}:-2:flags=lanczos,split[a][b];[a]palettegen=max_colors=${colours}[p];[b][p]paletteuse=dither=sierra2_4a`;
    await run('ffmpeg', ['-hide_banner', '-nostdin', '-loglevel', 'error', '-y', '-i', file, '-vf', filter, '-compression_level', '9', '-frames:v', '1', smaller]);
    if ((await stat(smaller)).size > maxBytes) continue;
    await rename(smaller, file);
    return;
  }
  await rm(smaller, { force: true });
  throw new Error(`${file} stays larger than ${maxBytes} bytes.`);
}
