import { join } from 'node:path';
import type { IndexLine, RecordingMeta } from '#cloud-sync/contract/recording-folder.ts';
import { parameterSetsOf } from '#kit/media/h264.ts';
import type { MediaPacket, PacketSink } from '#kit/media/packet.ts';
import { reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { Fragmenter, type Piece } from './fragmenter.ts';
import { GapWatch, type RecordingGap } from './gaps.ts';
import { decodes } from './proof.ts';
import { makeFolder, PartFile, partNumbers, readIndex, readMeta, removePart, writeMeta } from './recording-folder.ts';
import { WriteQueue } from './write-queue.ts';

export interface RecordingOptions {
  readonly recordingsDir: string;
  readonly meta: Omit<RecordingMeta, 'endedAt' | 'gaps'>;
  /** Rendition that is recorded. */
  readonly layer: string;
  readonly log: Log;
}

/** What is true of the bytes on disk. */
export interface RecordingReport {
  readonly id: string;
  /** Released in all parts. */
  readonly bytes: number;
  /** Epoch ms at which the newest fragment was on disk; null before the first. */
  readonly lastFragmentAtMs: number | null;
  /** Whether the newest fragment that was looked at decodes; null before the first look. */
  readonly decoded: boolean | null;
  readonly gaps: readonly RecordingGap[];
  /** One sentence while the disk refuses to take the recording; else empty. */
  readonly problem: string;
}

/** What has to reach the disk, in order. */
type Work =
  | { readonly kind: 'part'; readonly init: Buffer; readonly captureUs: number }
  | { readonly kind: 'piece'; readonly piece: Piece };

const PROOF_EVERY_MS = 10_000;

/**
 * Writes a class to its folder, a fragment a second, each flushed before it is released. It never holds up the program: what the
 * disk can't take in 8 s is left out by whole GOPs, and said so.
 */
export class Recorder implements PacketSink {
  readonly name = 'recorder';
  readonly #options: RecordingOptions;
  readonly #folder: string;
  readonly #queue: WriteQueue<Work>;
  readonly #gaps: GapWatch;
  #meta: RecordingMeta;
  #fragmenter: Fragmenter | null = null;
  #file: PartFile | null = null;
  #nextPart: number;
  #entries: { time: number; moofOffset: number }[] = [];
  #bytes: number;
  #init: Pick<IndexLine, 'offset' | 'bytes'> | null = null;
  #lastFragmentAtMs: number | null = null;
  #decoded: boolean | null = null;
  #provedMs = Number.NEGATIVE_INFINITY;
  #proving: Promise<void> = Promise.resolve();
  #finished = false;
  readonly #stop = new AbortController();

  private constructor(options: RecordingOptions, folder: string, meta: RecordingMeta, before: { bytes: number; parts: number; endUs: number | null }) {
    this.#options = options;
    this.#folder = folder;
    this.#meta = meta;
    this.#bytes = before.bytes;
    this.#nextPart = before.parts;
    this.#gaps = new GapWatch(before.endUs, meta.gaps);
    this.#queue = new WriteQueue({
      write: (work) => this.#write(work),
      // Parts cost nothing in media: only fragments count, and only they may be dropped.
      durationUs: (work) => (work.kind === 'piece' ? work.piece.durationUs : 0),
      onDropped: () => this.#gaps.dropped('The disk could not keep up.'),
      log: options.log,
    });
  }

  /** Opens the recording's folder; one that was begun before (the box restarted mid-class) goes on with a new part. */
  static async open(options: RecordingOptions): Promise<Recorder> {
    const folder = join(options.recordingsDir, options.meta.id);
    await makeFolder(folder);
    const found = await readMeta(folder);
    const meta = { ...(found ?? { ...options.meta, gaps: [] }), endedAt: null };
    await writeMeta(folder, meta);
    return new Recorder(options, folder, meta, await lookBack(folder));
  }

  write(packet: MediaPacket): void {
    if (this.#finished) return;
    if (packet.kind === 'audio' ? packet.codec !== 'aac' : packet.layer !== this.#options.layer) return;
    if (packet.kind === 'video' && packet.keyframe && this.#fragmenter?.accepts(packet) !== true) this.#beginPart(packet);
    const piece = this.#fragmenter?.push(packet) ?? null;
    if (piece !== null) this.#queue.add({ kind: 'piece', piece });
  }

  report(): RecordingReport {
    return {
      id: this.#meta.id, bytes: this.#bytes, lastFragmentAtMs: this.#lastFragmentAtMs, decoded: this.#decoded,
      gaps: this.#gaps.all, problem: this.#queue.problem,
    };
  }

  /** Detach it from the bus first. Resolves when everything is on disk, the index is appended and the recording says that it ended. */
  async finish(endedAt: Date = new Date()): Promise<void> {
    if (this.#finished) return;
    this.#finished = true;
    const rest = this.#fragmenter?.flush() ?? null;
    if (rest !== null) this.#queue.add({ kind: 'piece', piece: rest });
    await this.#queue.drained();
    this.#stop.abort();
    await this.#proving;
    await this.#closePart();
    this.#meta = { ...this.#meta, endedAt: endedAt.toISOString(), gaps: this.#gaps.forMeta() };
    await writeMeta(this.#folder, this.#meta);
  }

  #beginPart(keyframe: Extract<MediaPacket, { kind: 'video' }>): void {
    const sets = parameterSetsOf(keyframe.data);
    if (sets === null) return; // nothing can be decoded from here; the next keyframe may bring them
    const rest = this.#fragmenter?.flush() ?? null;
    if (rest !== null) this.#queue.add({ kind: 'piece', piece: rest });
    this.#fragmenter = new Fragmenter(keyframe, sets);
    this.#queue.add({ kind: 'part', init: this.#fragmenter.init, captureUs: keyframe.captureUs });
  }

  async #write(work: Work): Promise<void> {
    if (work.kind === 'part') await this.#openPart(work.init, work.captureUs);
    else await this.#append(work.piece);
  }

  async #openPart(init: Buffer, captureUs: number): Promise<void> {
    await this.#closePart();
    this.#file = await startPart(this.#folder, this.#nextPart, init, captureUs);
    this.#init = { offset: 0, bytes: init.length };
    this.#nextPart += 1;
    this.#entries = [];
    this.#bytes += init.length;
  }

  async #append(piece: Piece): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    const line = await file.append('fragment', piece.bytes, piece);
    this.#entries.push({ time: piece.videoTime, moofOffset: line.offset + piece.moofOffset });
    this.#bytes += line.bytes;
    this.#lastFragmentAtMs = Date.now();
    if (this.#gaps.next(piece.captureUs, piece.durationUs)) {
      this.#meta = { ...this.#meta, gaps: this.#gaps.forMeta() };
      await writeMeta(this.#folder, this.#meta);
    }
    this.#prove(file, line);
  }

  async #closePart(): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    if (this.#entries.length > 0) await file.append('end', Fragmenter.closing(this.#entries), { captureUs: 0, durationUs: 0 });
    this.#file = null;
    // The proof may still be reading from it.
    await this.#proving;
    await file.close();
  }

  /** Off the hot path: reads the fragment back from the disk and decodes its keyframe. */
  #prove(file: PartFile, line: IndexLine): void {
    const init = this.#init;
    if (init === null || performance.now() - this.#provedMs < PROOF_EVERY_MS) return;
    this.#provedMs = performance.now();
    this.#proving = this.#look(file, init, line);
  }

  async #look(file: PartFile, init: Pick<IndexLine, 'offset' | 'bytes'>, line: IndexLine): Promise<void> {
    try {
      const verdict = await decodes(Buffer.concat([await file.read(init), await file.read(line)]), this.#stop.signal);
      if (!this.#stop.signal.aborted) this.#decoded = verdict;
    } catch (error) {
      this.#decoded = false;
      this.#options.log.error({ err: error }, `the recording could not be read back: ${reasonOf(error)}`);
    }
  }
}

/** A part with its initialisation segment, or no trace of it: a full disk must not leave a hundred empty ones. */
async function startPart(folder: string, part: number, init: Buffer, captureUs: number): Promise<PartFile> {
  await removePart(folder, part);
  const file = await PartFile.create(folder, part);
  try {
    await file.append('init', init, { captureUs, durationUs: 0 });
    return file;
  } catch (error) {
    await file.close();
    await removePart(folder, part);
    throw error;
  }
}

/** What earlier lives of this recording left: how much, in how many parts, and until when. */
async function lookBack(folder: string): Promise<{ bytes: number; parts: number; endUs: number | null }> {
  const parts = await partNumbers(folder);
  const indexes = await Promise.all(parts.map((part) => readIndex(folder, part)));
  const lines = indexes.flatMap((index) => index.lines);
  const ends = lines.filter(({ kind }) => kind === 'fragment').map(({ captureUs, durationUs }) => captureUs + durationUs);
  return {
    bytes: lines.reduce((sum, line) => sum + line.bytes, 0),
    parts: parts.length === 0 ? 0 : Math.max(...parts) + 1,
    endUs: ends.length === 0 ? null : Math.max(...ends),
  };
}
