import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type IndexLine, inOrder, indexName, partName, partOfIndex, type RecordingMeta } from '#cloud-sync/contract/recording-folder.ts';
import { decodeAll } from '../product/run-ffmpeg.ts';

const run = promisify(execFile);

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Examined {
  readonly parts: number;
  readonly recordedMs: number;
  /** When each single source was recorded. */
  readonly tracks: ReadonlyMap<string, readonly Span[]>;
  readonly gaps: readonly (Span & { readonly reason: string })[];
  /** What is wrong with it; empty when every released byte is there, everything decodes and every loss is stated. */
  readonly faults: readonly string[];
}

/** Frames come every 40 ms; a piece may end a frame early or late. */
const SLACK_MS = 150;
/** A single source has pictures or sound; the program has to have both. */
const ALL_STREAMS = ['0'];

/** Looks at a recording as it lies on the disk, with nothing but the disk. */
export async function examineRecording(folder: string, during: Span): Promise<Examined> {
  const meta = JSON.parse(readFileSync(join(folder, 'recording.json'), 'utf8')) as RecordingMeta;
  const gaps = meta.gaps.map(({ from, to, reason }) => ({ fromMs: Date.parse(from), toMs: Date.parse(to), reason }));
  const parts = readdirSync(folder).flatMap((name) => partOfIndex(name) ?? []).sort(inOrder);
  const tracks = new Map<string, Span[]>();
  const faults: string[] = [];
  const [recorded, sounding]: [Span[], Span[]] = [[], []];
  for (const part of parts) {
    const media = join(folder, partName(part));
    const lines = linesOf(readFileSync(join(folder, indexName(part)), 'utf8'));
    faults.push(...damagedPieces(media, lines));
    const [first, ...others] = lines.filter(({ kind }) => kind === 'fragment').map(spanOf);
    if (first === undefined) continue;
    faults.push(...(await complaintsOf(media, part.track === '' ? undefined : ALL_STREAMS)));
    if (part.track !== '') {
      tracks.set(part.track, [...(tracks.get(part.track) ?? []), first, ...others]);
      continue;
    }
    recorded.push(first, ...others);
    sounding.push(...(await soundOf(media, first.fromMs)));
  }
  faults.push(...unstated(holes(recorded, during), gaps).map((hole) => missing('picture', hole)), ...unstated(holes(sounding, during), gaps).map((hole) => missing('sound', hole)));
  const recordedMs = recorded.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  return { parts: parts.filter(({ track }) => track === '').length, recordedMs, tracks, gaps, faults };
}

function missing(what: string, { fromMs, toMs }: Span): string {
  return `${Math.round(toMs - fromMs)} ms of ${what} are missing and not stated, at ${new Date(fromMs).toISOString()}`;
}

/** When a part has sound: one span a packet. Its own time is brought to the wall clock by its first picture. */
async function soundOf(media: string, firstPictureMs: number): Promise<Span[]> {
  const args = ['-v', 'error', '-show_entries', 'packet=codec_type,pts_time,duration_time', '-of', 'csv=p=0', media];
  const { stdout } = await run('ffprobe', args, { maxBuffer: 64 << 20 });
  const packets = stdout.split('\n').map((line) => line.split(','));
  const firstPts = Number(packets.find(([kind]) => kind === 'video')?.[1]);
  const atMs = (ptsSeconds: number): number => firstPictureMs + (ptsSeconds - firstPts) * 1000;
  return packets.flatMap(([kind, pts, duration]) => (kind === 'audio' ? [{ fromMs: atMs(Number(pts)), toMs: atMs(Number(pts) + Number(duration)) }] : []));
}

/** What in a recording is not what its indexes say, closed or not: a reader would be given it. */
export function damageIn(folder: string): string[] {
  const indexes = readdirSync(folder).filter((name) => name.endsWith('.index.jsonl'));
  return indexes.flatMap((index) => damagedPieces(join(folder, index.replace('.index.jsonl', '.mp4')), linesOf(readFileSync(join(folder, index), 'utf8'))));
}

/** A torn last line is not one. */
function linesOf(text: string): IndexLine[] {
  return text.split('\n').slice(0, -1).map((line) => JSON.parse(line) as IndexLine);
}

function spanOf({ captureUs, durationUs }: IndexLine): Span {
  return { fromMs: captureUs / 1000, toMs: (captureUs + durationUs) / 1000 };
}

function damagedPieces(media: string, lines: readonly IndexLine[]): string[] {
  const bytes = readFileSync(media);
  const isDamaged = ({ offset, bytes: length, sha256 }: IndexLine): boolean => createHash('sha256').update(bytes.subarray(offset, offset + length)).digest('hex') !== sha256;
  return lines.filter(isDamaged).map(({ kind, offset }) => `${media}: the ${kind} at ${offset} is not what was released`);
}

async function complaintsOf(media: string, streams?: readonly string[]): Promise<string[]> {
  const { complaints } = await decodeAll(media, streams === undefined ? {} : { streams });
  return complaints === '' ? [] : [`${media}: ${complaints.split('\n')[0] ?? ''}`];
}

/** What of `during` nothing covers. */
export function holes(recorded: readonly Span[], during: Span): Span[] {
  const found: Span[] = [];
  let reached = during.fromMs;
  for (const { fromMs, toMs } of [...recorded].sort((a, b) => a.fromMs - b.fromMs)) {
    const missingToMs = Math.min(fromMs, during.toMs);
    if (missingToMs - reached > SLACK_MS) found.push({ fromMs: reached, toMs: missingToMs });
    reached = Math.max(reached, toMs);
  }
  if (during.toMs - reached > SLACK_MS) found.push({ fromMs: reached, toMs: during.toMs });
  return found;
}

/** The holes that no stated gap covers. */
export function unstated(found: readonly Span[], gaps: readonly Span[]): Span[] {
  return found.filter((hole) => !gaps.some(({ fromMs, toMs }) => fromMs - SLACK_MS <= hole.fromMs && hole.toMs <= toMs + SLACK_MS));
}
