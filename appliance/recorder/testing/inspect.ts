import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { indexName, type IndexLine, partName, type PartName } from '#cloud-sync/contract/recording-folder.ts';
import { partsOf, readIndex } from '../recording-folder.ts';

const run = promisify(execFile);

export const program = (part: number): PartName => ({ track: '', part });

export async function linesOf(folder: string, name: PartName): Promise<IndexLine[]> {
  return (await readIndex(folder, name)).lines;
}

/** Everything released is there as it was released. */
export async function expectWhole(folder: string): Promise<void> {
  for (const name of await partsOf(folder)) {
    const lines = await linesOf(folder, name);
    // An index is made before its media: killed in between, it releases nothing.
    if (lines.length === 0) continue;
    const bytes = readFileSync(join(folder, partName(name)));
    let offset = 0;
    for (const line of lines) {
      expect(line.offset).toBe(offset);
      expect(createHash('sha256').update(bytes.subarray(offset, offset + line.bytes)).digest('hex')).toBe(line.sha256);
      offset += line.bytes;
    }
  }
}

/** Nothing else is there: no byte beyond the indexes, no file without one. */
export async function expectNothingElse(folder: string): Promise<void> {
  const parts = await partsOf(folder);
  for (const name of parts) {
    const released = (await linesOf(folder, name)).reduce((sum, { bytes }) => sum + bytes, 0);
    expect([partName(name), readFileSync(join(folder, partName(name))).length]).toEqual([partName(name), released]);
  }
  expect(readdirSync(folder).toSorted()).toEqual(['recording.json', ...parts.flatMap((name) => [partName(name), indexName(name)])].toSorted());
}

/** Frames or packets that FFmpeg decodes from a part; fails when it has anything to complain of. */
export async function decodedFrames(folder: string, name: PartName): Promise<number> {
  const file = join(folder, partName(name));
  const { stdout, stderr } = await run('ffprobe', ['-v', 'error', '-count_frames', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', file]);
  expect(stderr).toBe('');
  return Number.parseInt(stdout, 10);
}
