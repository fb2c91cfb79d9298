import type { IndexLine, PartName, Redaction, RecordingMeta } from '#cloud-sync/contract/recording-folder.ts';
import { endPart } from './finish-part.ts';
import { cutPart, readIndex } from './recording-folder.ts';

/** Microseconds since 1970. */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

/**
 * What is this young has not left the box, µs. The uploader keeps 45 s of media; a fragment that reaches across the cut, and one that
 * was being written, are inside the difference.
 */
const ERASABLE_US = 38_000_000;
/** Whatever a clock that was set back makes of the times: more than this is never cut off a track, µs. */
const CUT_MAX_US = 42_000_000;

/** What to note of an erasure: what was asked for, and from where on it can be done on this box's disk. */
export function redactionOf(nowUs: number, seconds: number): Redaction {
  const fromUs = nowUs - seconds * 1_000_000;
  return { from: instant(fromUs), to: instant(nowUs), erasedFrom: instant(Math.max(fromUs, nowUs - ERASABLE_US)) };
}

export function spanOf({ erasedFrom, to }: Redaction): Span {
  return { fromUs: Date.parse(erasedFrom) * 1000, toUs: Date.parse(to) * 1000 };
}

/** The lines of a part that stay: from its end backwards, every fragment that reaches into the span goes. */
export function keptOf(lines: readonly IndexLine[], { fromUs, toUs }: Span): readonly IndexLine[] {
  let keep = lines.length;
  let cutUs = 0;
  for (let at = lines.length - 1; at > 0; at -= 1) {
    const line = lines[at];
    if (line === undefined || line.kind === 'init') break;
    if (line.kind === 'end') continue;
    if (line.captureUs + line.durationUs <= fromUs || line.captureUs >= toUs || cutUs + line.durationUs > CUT_MAX_US) break;
    cutUs += line.durationUs;
    keep = at;
  }
  return lines.slice(0, keep);
}

/**
 * Takes the span off the end of a track. Done again it finds nothing to do; killed at any instant it is finished by doing it again.
 * @returns where what is left ends, µs since 1970; null where nothing is
 */
export async function eraseTail(folder: string, parts: readonly PartName[], span: Span): Promise<number | null> {
  for (const name of parts.toReversed()) {
    const { lines } = await readIndex(folder, name);
    const kept = keptOf(lines, span);
    if (kept.length < lines.length) await cutPart(folder, name, kept);
    const last = kept.findLast(({ kind }) => kind === 'fragment');
    if (last === undefined) continue;
    // Whatever follows is a part of its own.
    await endPart(folder, name);
    return last.captureUs + last.durationUs;
  }
  return null;
}

/** After a restart: what was to be erased and perhaps was not yet. */
export async function finishErasures(folder: string, meta: RecordingMeta, parts: readonly PartName[]): Promise<void> {
  for (const redaction of meta.redactions ?? []) {
    for (const track of new Set(parts.map((part) => part.track))) {
      await eraseTail(folder, parts.filter((part) => part.track === track), spanOf(redaction));
    }
  }
}

const instant = (us: number): string => new Date(Math.round(us / 1000)).toISOString();
