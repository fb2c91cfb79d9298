import type { IndexLine, PartName } from '#cloud-sync/contract/recording-folder.ts';
import type { RandomAccessEntry } from '#kit/media/fmp4.ts';
import type { MediaPacket } from '#kit/media/packet.ts';
import { codeOf, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { eraseTail, type Span } from './erase.ts';
import { appendClosing } from './finish-part.ts';
import { beginningOf, Fragmenter, type PartShape, type Piece } from './fragmenter.ts';
import { makeFolder, PartFile, partsOf, removePart } from './recording-folder.ts';
import { WriteQueue } from './write-queue.ts';

/** A fragment that is on the disk. */
export interface Written {
  readonly file: PartFile;
  readonly line: IndexLine;
  readonly piece: Piece;
}

export interface TrackWriterOptions {
  readonly folder: string;
  /** Empty for the program. */
  readonly track: string;
  readonly shape: PartShape;
  readonly firstPart: number;
  /** Rejects while there is no room for this many bytes: nothing is then written. */
  readonly roomFor: (bytes: number) => void;
  readonly onWritten: (written: Written) => Promise<void>;
  readonly onDropped: (reason: string) => void;
  /** What may wait beside the half minute: a pre-roll comes all at once. */
  readonly alsoWaitingUs?: number;
  /** What is left ends there, µs since 1970. */
  readonly onErased: (endUs: number | null) => void;
  readonly log: Log;
}

/** What has to reach the disk, in order. */
type Work =
  | { readonly kind: 'part'; readonly init: Buffer; readonly captureUs: number }
  | { readonly kind: 'piece'; readonly piece: Piece }
  | { readonly kind: 'erase'; readonly span: Span; readonly noted: () => Promise<void> };

/**
 * Writes one track of a recording, the program or a single source, as parts of fragments of a second, each flushed before it is
 * released. It never holds up the program: what the disk can't take in half a minute is left out by whole fragments, and said so.
 */
export class TrackWriter {
  readonly #options: TrackWriterOptions;
  readonly #queue: WriteQueue<Work>;
  #fragmenter: Fragmenter | null = null;
  #file: PartFile | null = null;
  #init: { readonly bytes: Buffer; readonly captureUs: number } | null = null;
  #entries: RandomAccessEntry[] = [];
  #nextPart: number;
  /** What was captured before this is not written, µs since 1970. */
  #notBeforeUs = Number.NEGATIVE_INFINITY;
  #bytes = 0;

  constructor(options: TrackWriterOptions) {
    this.#options = options;
    this.#nextPart = options.firstPart;
    this.#queue = new WriteQueue({
      write: (work) => this.#write(work),
      // Only fragments are media, and only they may be dropped.
      alsoWaitingUs: options.alsoWaitingUs ?? 0,
      durationUs: (work) => (work.kind === 'piece' ? work.piece.durationUs : 0),
      onDropped: () => options.onDropped(this.#queue.problem === '' ? 'The disk could not keep up.' : this.#queue.problem),
      log: options.log,
    });
  }

  /** Released since it was made. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A sentence while writing fails; else empty. */
  get problem(): string {
    return this.#queue.problem;
  }

  /** Never throws: whatever a packet is, the next ones are recorded. */
  write(packet: MediaPacket): void {
    try {
      this.#take(packet);
    } catch (error) {
      this.#options.log.error({ err: error, track: this.#options.track }, `a packet cannot be recorded: ${reasonOf(error)}`);
      this.#fragmenter = null;
    }
  }

  /** Nothing of the span stays, on the disk, on its way there or still to come. True when that is so; false when the class ended before. */
  async erase(span: Span, noted: () => Promise<void>): Promise<boolean> {
    this.#notBeforeUs = span.toUs;
    this.#fragmenter = null;
    this.#queue.remove((work) => work.kind === 'piece' && work.piece.captureUs + work.piece.durationUs > span.fromUs);
    return this.#queue.done({ kind: 'erase', span, noted });
  }

  /** Resolves when everything is on disk and the closing index appended; rejects where the disk refuses that. The files are closed either way. */
  async finish(): Promise<void> {
    this.#flush();
    await this.#queue.drained();
    try {
      await this.#closePart();
    } finally {
      await this.#letGo();
    }
  }

  /** In the middle of a class: what was captured is on disk when it resolves; whoever goes on with the recording appends the closing index. */
  async release(): Promise<void> {
    this.#flush();
    await this.#queue.drained();
    await this.#letGo();
  }

  #take(packet: MediaPacket): void {
    if (packet.captureUs < this.#notBeforeUs) return;
    if (this.#fragmenter?.accepts(packet) !== true && !this.#begin(packet)) return;
    const piece = this.#fragmenter?.push(packet) ?? null;
    if (piece !== null) this.#queue.add({ kind: 'piece', piece });
  }

  #begin(packet: MediaPacket): boolean {
    const { shape } = this.#options;
    const beginning = beginningOf(shape, packet);
    if (beginning === null) return false;
    this.#flush();
    this.#fragmenter = new Fragmenter(shape, packet, beginning.sets);
    this.#queue.add({ kind: 'part', init: this.#fragmenter.init, captureUs: packet.captureUs });
    return true;
  }

  #flush(): void {
    const rest = this.#fragmenter?.flush() ?? null;
    this.#fragmenter = null;
    if (rest !== null) this.#queue.add({ kind: 'piece', piece: rest });
  }

  async #write(work: Work): Promise<void> {
    switch (work.kind) {
      case 'part':
        this.#init = { bytes: work.init, captureUs: work.captureUs };
        return this.#closePart();
      case 'piece':
        return this.#append(work.piece);
      case 'erase':
        await work.noted();
        return this.#erase(work.span);
    }
  }

  async #append(piece: Piece): Promise<void> {
    this.#options.roomFor(piece.bytes.length);
    const file = this.#file ?? (await this.#openPart());
    if (file === null) return;
    const line = await this.#appended(file, piece);
    this.#bytes += line.bytes;
    if (piece.entry !== null) this.#entries.push({ ...piece.entry, moofOffset: line.offset + piece.entry.moofOffset });
    await this.#told({ file, line, piece });
  }

  /** It is on the disk: where only the recording's description can't be written, the fragment must not come a second time. */
  async #told(written: Written): Promise<void> {
    try {
      await this.#options.onWritten(written);
    } catch (error) {
      this.#options.log.error({ err: error, track: this.#options.track }, `what was recorded could not be described: ${reasonOf(error)}`);
    }
  }

  async #appended(file: PartFile, piece: Piece): Promise<IndexLine> {
    try {
      return await file.append('fragment', piece.bytes, piece);
    } catch (error) {
      // The same fragment is tried again, in a part of its own.
      if (codeOf(error) === 'recording_removed') await this.#forget(file);
      throw error;
    }
  }

  /** A part is made with its first fragment, so that a full disk is not left with a hundred empty ones. */
  async #openPart(): Promise<PartFile | null> {
    const init = this.#init;
    if (init === null) return null;
    const { folder } = this.#options;
    await makeFolder(folder);
    const name = { track: this.#options.track, part: await this.#freeNumber() };
    this.#file = await startPart(folder, name, init.bytes, init.captureUs);
    this.#nextPart = name.part + 1;
    this.#entries = [];
    this.#bytes += init.bytes.length;
    return this.#file;
  }

  /** Numbers go up over all parts of a recording, whatever was removed in between. */
  async #freeNumber(): Promise<number> {
    const { folder, track } = this.#options;
    const taken = (await partsOf(folder)).filter((name) => name.track === track).map(({ part }) => part + 1);
    return Math.max(this.#nextPart, ...taken);
  }

  async #closePart(): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    await appendClosing(file, this.#entries);
    await this.#forget(file);
  }

  async #erase(span: Span): Promise<void> {
    const { folder, track } = this.#options;
    // Without a closing index: what is cut is to be the end of the part.
    if (this.#file !== null) await this.#forget(this.#file);
    this.#options.onErased(await eraseTail(folder, (await partsOf(folder)).filter((name) => name.track === track), span));
  }

  async #letGo(): Promise<void> {
    if (this.#file !== null) await this.#forget(this.#file);
  }

  async #forget(file: PartFile): Promise<void> {
    this.#file = null;
    await file.close();
  }
}

/** A part with its initialisation segment, or no trace of it. */
async function startPart(folder: string, name: PartName, init: Buffer, captureUs: number): Promise<PartFile> {
  await removePart(folder, name);
  const file = await PartFile.create(folder, name);
  try {
    await file.append('init', init, { captureUs, durationUs: 0 });
    return file;
  } catch (error) {
    await file.close();
    await removePart(folder, name);
    throw error;
  }
}
