import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { indexName, partName, type RecordingMeta } from '#cloud-sync/contract/recording-folder.ts';
import { reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { finishErasures } from './erase.ts';
import { endPart } from './finish-part.ts';
import { partsOf, readIndex, readMeta, writeMeta } from './recording-folder.ts';

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

/** What an earlier life of a recording left. */
export interface Found {
  readonly bytes: number;
  /** The number that the next part of any track gets. */
  readonly nextPart: number;
  /** Until when the program is there, µs since 1970; null where nothing is. */
  readonly endUs: number | null;
  /** Parts that cannot be read and are left as they lie, each with what is wrong with it. */
  readonly left: readonly string[];
}

/**
 * Puts a recording in order whose recorder died: erasures that were not done are done, bytes that were never released go, and every part
 * gets its closing index. Nothing that was released changes.
 */
export async function tidy(folder: string, meta: RecordingMeta): Promise<Found> {
  await dropStray(folder);
  await finishErasures(folder, meta, await partsOf(folder));
  const left: string[] = [];
  for (const name of await partsOf(folder)) {
    const wrong = await endPart(folder, name);
    if (wrong !== null) left.push(`${partName(name)}: ${wrong}`);
  }
  return { ...(await lookBack(folder)), left };
}

export type KnownOfClass = Pick<RecordingMeta, 'gaps' | 'pauses' | 'redactions'>;

/**
 * Ends a recording whose recorder died and whose class is over, where its last whole fragment ended. Answers what was left as it lies.
 * @param known what its recorder knew at the end, where that is known: a disk that refused may not have taken all of it
 */
export async function endRecording(recordingsDir: string, id: string, known: KnownOfClass | null = null): Promise<readonly string[]> {
  const folder = join(recordingsDir, id);
  const found = await readMeta(folder);
  if (found === null || found.endedAt !== null) return [];
  const meta = { ...found, ...known };
  // Redactions are on disk before anything is cut, as in a class.
  if (known !== null) await writeMeta(folder, meta);
  const { endUs, left } = await tidy(folder, meta);
  const endedAt = endUs === null ? meta.startedAt : new Date(Math.round(endUs / 1000)).toISOString();
  const pauses = meta.pauses?.map((pause) => ({ ...pause, to: pause.to ?? endedAt }));
  await writeMeta(folder, { ...meta, endedAt, ...(pauses === undefined ? {} : { pauses }) });
  return left;
}

/** Media without an index was never released; a half-written replacement was never put in place. */
async function dropStray(folder: string): Promise<void> {
  const kept = new Set((await partsOf(folder)).flatMap((name) => [partName(name), indexName(name)]));
  for (const name of await readdir(folder)) {
    const isStray = (name.endsWith('.mp4') && !kept.has(name)) || name.endsWith('.new');
    if (isStray) await rm(join(folder, name), { force: true });
  }
}

async function lookBack(folder: string): Promise<Omit<Found, 'left'>> {
  const parts = await partsOf(folder);
  const indexes = await Promise.all(parts.map(async (name) => ({ name, lines: (await readIndex(folder, name)).lines })));
  const program = indexes.filter(({ name }) => name.track === '').flatMap(({ lines }) => lines).filter(({ kind }) => kind === 'fragment');
  return {
    bytes: indexes.flatMap(({ lines }) => lines).reduce((sum, line) => sum + line.bytes, 0),
    nextPart: Math.max(-1, ...parts.map(({ part }) => part)) + 1,
    endUs: program.length === 0 ? null : Math.max(...program.map(({ captureUs, durationUs }) => captureUs + durationUs)),
  };
}
