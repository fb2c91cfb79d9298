import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { indexName, partName, type IndexLine, type PartName, type RecordingMeta } from '../../contract/recording-folder.ts';

/** One second of 320x180 picture and tone a fragment, as a recorder writes it. */
export function makePart(seconds: number): Buffer {
  const file = ['-f', 'mp4', '-movflags', '+frag_keyframe+empty_moov+default_base_moof', 'pipe:1'];
  const inputs = ['-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=25:duration=${seconds}`, '-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`];
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-keyint_min', '25', '-sc_threshold', '0', '-bf', '0', '-c:a', 'aac', '-shortest'];
  return execFileSync('ffmpeg', ['-v', 'error', ...inputs, ...codecs, ...file], { maxBuffer: 64 * 1024 * 1024 });
}

/** The index of a part, from its boxes (ISO/IEC 14496-12): `ftyp`+`moov`, each `moof`+`mdat`, `mfra`. */
export function indexOf(part: Buffer, captureUs: number): IndexLine[] {
  const lines: IndexLine[] = [];
  for (let start = 0, at = 0, fragments = 0; at < part.length; ) {
    const type = part.toString('latin1', at + 4, at + 8);
    at += part.readUInt32BE(at);
    const kind = ({ moov: 'init', mdat: 'fragment', mfra: 'end' } as const)[type];
    if (!kind) continue;
    const times = kind === 'fragment' ? { captureUs: captureUs + fragments++ * 1_000_000, durationUs: 1_000_000 } : { captureUs: 0, durationUs: 0 };
    lines.push({ kind, offset: start, bytes: at - start, sha256: createHash('sha256').update(part.subarray(start, at)).digest('hex'), ...times });
    start = at;
  }
  return lines;
}

export function metaOf(id: string, room: string, changes: Partial<RecordingMeta> = {}): RecordingMeta {
  const startedAt = '2026-11-02T09:00:00.000Z';
  return { id, lesson: 'lesson-1', room, title: 'Orbits', teacher: 'Dr. Lin', startedAt, endedAt: '2026-11-02T09:10:00.000Z', gaps: [], ...changes };
}

/** A recording folder that grows as the recorder's does. */
export class RecordingMaker {
  readonly folder: string;

  constructor(recordingsDir: string, id: string) {
    this.folder = join(recordingsDir, id);
    mkdirSync(this.folder, { recursive: true });
  }

  describe(meta: RecordingMeta): void {
    const file = join(this.folder, 'recording.json');
    writeFileSync(`${file}.new`, JSON.stringify(meta));
    renameSync(`${file}.new`, file);
  }

  release(part: number | PartName, bytes: Buffer, lines: readonly IndexLine[]): void {
    for (const line of lines) {
      appendFileSync(join(this.folder, partName(named(part))), bytes.subarray(line.offset, line.offset + line.bytes));
      appendFileSync(join(this.folder, indexName(named(part))), `${JSON.stringify(line)}\n`);
    }
  }

  /** Takes the end off a part, as an erasure does. */
  cut(name: PartName, kept: readonly IndexLine[]): void {
    const index = join(this.folder, indexName(name));
    writeFileSync(`${index}.new`, kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
    renameSync(`${index}.new`, index);
    truncateSync(join(this.folder, partName(name)), kept.reduce((sum, { bytes }) => sum + bytes, 0));
  }

  tear(part: number): void {
    appendFileSync(join(this.folder, partName(named(part))), 'half a fragment');
    appendFileSync(join(this.folder, indexName(named(part))), '{"kind":"fragm');
  }

  bytes(part: number): Buffer {
    return readFileSync(join(this.folder, partName(named(part))));
  }
}

const named = (part: number | PartName): PartName => (typeof part === 'number' ? { track: '', part } : part);
