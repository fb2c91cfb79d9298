import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { IndexLine, RecordingMeta } from '#cloud-sync/contract/recording-folder.ts';
import { readFragmentIndex } from '#kit/media/fmp4.ts';
import { reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { Fragmenter, PRFT_BYTES } from './fragmenter.ts';
import { PartFile, partNumbers, readIndex, readMeta, removePart, writeMeta } from './recording-folder.ts';

/** Recordings that say they are still running. A folder that cannot be read is logged and left to a person. */
export async function openRecordings(recordingsDir: string, log: Log): Promise<RecordingMeta[]> {
  const names = await readdir(recordingsDir);
  const metas = await Promise.all(names.map((name) => metaOf(join(recordingsDir, name), log)));
  return metas.filter((meta): meta is RecordingMeta => meta !== null && meta.endedAt === null);
}

async function metaOf(folder: string, log: Log): Promise<RecordingMeta | null> {
  try {
    return await readMeta(folder);
  } catch (error) {
    log.warn({ folder }, `a recording's description cannot be read: ${reasonOf(error)}`);
    return null;
  }
}

/**
 * Ends a recording whose recorder died and whose class is over. Nothing that was released changes: what had not been is cut off
 * the last part, its index is appended, and the end is where the last whole fragment ended. (A class that goes on is simply opened again.)
 */
export async function endRecording(recordingsDir: string, id: string): Promise<void> {
  const folder = join(recordingsDir, id);
  const meta = await readMeta(folder);
  if (meta === null || meta.endedAt !== null) return;
  for (const part of await partNumbers(folder)) await endPart(folder, part);
  const lastUs = await lastMomentUs(folder);
  const endedAt = lastUs === null ? meta.startedAt : new Date(Math.round(lastUs / 1000)).toISOString();
  await writeMeta(folder, { ...meta, endedAt });
}

async function endPart(folder: string, part: number): Promise<void> {
  if ((await readIndex(folder, part)).lines.length === 0) {
    await removePart(folder, part);
    return;
  }
  const { file, lines } = await PartFile.reopen(folder, part);
  try {
    if (lines.at(-1)?.kind === 'fragment') {
      await file.append('end', Fragmenter.closing(await entriesOf(file, lines)), { captureUs: 0, durationUs: 0 });
    }
  } finally {
    await file.close();
  }
}

/** Times and places of the fragments, from the file itself. */
async function entriesOf(file: PartFile, lines: readonly IndexLine[]): Promise<{ time: number; moofOffset: number }[]> {
  async function* released(): AsyncGenerator<Buffer> {
    for (const line of lines) yield await file.read(line);
  }
  const { fragments } = await readFragmentIndex(released());
  // A fragment begins with its `prft`; players look for the `moof`.
  return fragments.map(({ baseDecodeTime, moofOffset }) => ({ time: baseDecodeTime, moofOffset: moofOffset + PRFT_BYTES }));
}

async function lastMomentUs(folder: string): Promise<number | null> {
  const indexes = await Promise.all((await partNumbers(folder)).map((part) => readIndex(folder, part)));
  const ends = indexes.flatMap(({ lines }) => lines).filter(({ kind }) => kind === 'fragment').map(({ captureUs, durationUs }) => captureUs + durationUs);
  return ends.length === 0 ? null : Math.max(...ends);
}
