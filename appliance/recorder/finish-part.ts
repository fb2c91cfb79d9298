import type { IndexLine, PartName } from '#cloud-sync/contract/recording-folder.ts';
import { codeOf, reasonOf } from '#kit/process/errors.ts';
import { FragmentIndexReader, mfra, type RandomAccessEntry } from '#kit/media/fmp4.ts';
import { PRFT_BYTES } from './fragmenter.ts';
import { dropUnreleased, PartFile, readIndex, releasedBytes, removePart } from './recording-folder.ts';

const NO_TIME = { captureUs: 0, durationUs: 0 };
/** A second of 60 frames and 50 blocks of sound has a `moof` of 1.6 kB. */
const HEAD_BYTES = 4096;
/** An `mdat` without content: what follows a `moof` is not read. */
const EMPTY_MDAT = Buffer.from('000000086d646174', 'hex');

/** What a disk says that takes nothing just now. */
const REFUSALS: readonly string[] = ['ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'ENFILE', 'ENOMEM'];

/**
 * Gives a part that nobody writes its closing index, so that players can seek in it. What was not released is cut off; a part in which
 * nothing was released goes. It reads heads only: an hour takes a tenth of a second.
 * @returns null; or, of a part that cannot be read and is left as it lies for a person, what is wrong with it: the class goes on beside it
 * @throws what a disk says that takes nothing just now
 */
export async function endPart(folder: string, name: PartName): Promise<string | null> {
  try {
    const { lines, isDamaged } = await readIndex(folder, name);
    if (isDamaged) return 'its index is damaged';
    await close(folder, name, lines);
    return null;
  } catch (error) {
    if (REFUSALS.includes(codeOf(error))) throw error;
    return reasonOf(error);
  }
}

async function close(folder: string, name: PartName, lines: readonly IndexLine[]): Promise<void> {
  if (!lines.some(({ kind }) => kind === 'fragment')) return removePart(folder, name);
  if (lines.at(-1)?.kind === 'end') return dropUnreleased(folder, name, releasedBytes(lines));
  const file = await PartFile.reopen(folder, name);
  try {
    await appendClosing(file, await entriesOf(file));
  } finally {
    await file.close();
  }
}

export async function appendClosing(file: PartFile, entries: readonly RandomAccessEntry[]): Promise<void> {
  if (file.lines.some(({ kind }) => kind === 'fragment')) await file.append('end', mfra(entries), NO_TIME);
}

/** Times and places of the fragments that begin with a keyframe, from the file itself. */
async function entriesOf(file: PartFile): Promise<RandomAccessEntry[]> {
  const reader = new FragmentIndexReader();
  const places: number[] = [];
  for (const line of file.lines) {
    if (line.kind === 'init') reader.push(await file.read(line));
    if (line.kind !== 'fragment') continue;
    reader.push(Buffer.concat([await headOf(file, line), EMPTY_MDAT]));
    places.push(line.offset);
  }
  // A fragment begins with its `prft`; players look for the `moof`.
  return reader.index().fragments.flatMap(({ keyframe, trackId, baseDecodeTime }, at) => {
    return keyframe ? [{ trackId, time: baseDecodeTime, moofOffset: (places[at] ?? 0) + PRFT_BYTES }] : [];
  });
}

/** The `prft` and the `moof` of a fragment. */
async function headOf(file: PartFile, { offset, bytes }: IndexLine): Promise<Buffer> {
  const first = await file.read({ offset, bytes: Math.min(bytes, HEAD_BYTES) });
  const end = PRFT_BYTES + first.readUInt32BE(PRFT_BYTES);
  return end <= first.length ? first.subarray(0, end) : await file.read({ offset, bytes: Math.min(bytes, end) });
}
