import { join } from 'node:path';
import type { RecordingMeta, Redaction } from '#cloud-sync/contract/recording-folder.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { MediaPacket, PacketSink } from '#kit/media/packet.ts';
import type { Log } from '#kit/process/log.ts';
import { redactionOf, spanOf } from './erase.ts';
import { GapWatch, type RecordingGap } from './gaps.ts';
import { ProofKeeper, type ProofReport } from './proof-keeper.ts';
import { PausedTracks } from './paused-tracks.ts';
import { makeFolder, readMeta, writeMeta } from './recording-folder.ts';
import { type Found, tidy } from './recover.ts';
import { TrackWriter, type Written } from './track-writer.ts';

/** A single source that is recorded beside the program. */
export interface TrackToRecord {
  readonly id: string;
  readonly name: string;
  readonly kind: 'camera' | 'slides' | 'microphone' | 'share';
}

export interface RecordingOptions {
  readonly recordingsDir: string;
  readonly meta: Pick<RecordingMeta, 'id' | 'lesson' | 'room' | 'title' | 'teacher' | 'startedAt'>;
  /** Rendition that is recorded. */
  readonly layer: string;
  readonly tracks?: readonly TrackToRecord[];
  /** The program's time when the class began, µs since 1970; null where none ran. */
  readonly beganUs?: number | null;
  /** How much from before that is recorded too; it comes all at once. */
  readonly preRollUs?: number;
  /** Throws while the disk has no room for this many bytes. */
  readonly roomFor?: (bytes: number) => void;
  readonly log: Log;
}

/** What is true of the bytes on disk. Times in ms are the machine's monotonic clock unless they say otherwise. */
export interface RecordingReport {
  readonly id: string;
  readonly tracks: readonly { readonly id: string; readonly kind: 'program' | TrackToRecord['kind'] }[];
  /** Epoch ms at which the newest fragment of the program was on disk; null before the first. */
  readonly lastFragmentAtMs: number | null;
  /** When a fragment with sound in it was last on disk; null before the first. */
  readonly soundAtMs: number | null;
  readonly proof: ProofReport | null;
  readonly gaps: readonly RecordingGap[];
  readonly pauses: NonNullable<RecordingMeta['pauses']>;
  readonly redactions: readonly Redaction[];
  /** One sentence while the disk refuses to take the recording; else empty. */
  readonly problem: string;
}

const PROGRAM = { id: 'program', kind: 'program' } as const;
/** A teacher who asks for an erasure waits this long for the disk, ms. */
const ERASE_WAIT_MS = 4_000;

/** A class on its way to its folder: the program, single sources, and what is true of them. */
export class Recorder implements PacketSink {
  readonly name = 'recorder';
  readonly #options: RecordingOptions;
  readonly #folder: string;
  readonly #program: TrackWriter;
  readonly #singles: ReadonlyMap<string, TrackWriter>;
  readonly #gaps: GapWatch;
  readonly #proof: ProofKeeper;
  readonly #paused = new PausedTracks();
  #meta: RecordingMeta;
  #writingMeta: Promise<void> = Promise.resolve();
  #partsSeen = new Set<number>();
  #lastFragmentAtMs: number | null = null;
  #soundAtMs: number | null = null;
  #erasing: Promise<boolean> = Promise.resolve(true);
  #finished = false;

  private constructor(options: RecordingOptions, folder: string, meta: RecordingMeta, found: Found, beganUs: number | null) {
    this.#options = options;
    this.#folder = folder;
    this.#meta = meta;
    this.#gaps = new GapWatch(found.endUs, meta.gaps, beganUs);
    // Paused when the box was killed, it is paused still.
    for (const { from, to } of meta.pauses?.slice(-1) ?? []) this.#paused.set(to === null, Date.parse(from) * 1000);
    this.#proof = new ProofKeeper(options.log);
    const shared = { folder, firstPart: found.nextPart, roomFor: options.roomFor ?? (() => undefined), log: options.log };
    this.#program = new TrackWriter({
      ...shared, track: '', shape: 'program', alsoWaitingUs: options.preRollUs ?? 0,
      onWritten: (written) => this.#written(written), onDropped: (reason) => this.#gaps.dropped(reason), onErased: (endUs) => this.#gaps.erased(endUs),
    });
    const nothing = { onWritten: async () => undefined, onDropped: () => undefined, onErased: () => undefined };
    this.#singles = new Map((options.tracks ?? []).map(({ id, kind }) => {
      return [id, new TrackWriter({ ...shared, ...nothing, track: id, shape: kind === 'microphone' ? 'sound' : 'picture' })];
    }));
  }

  /** Opens the recording's folder; one that was begun before (the box restarted mid-class) is put in order and goes on in new parts. */
  static async open(options: RecordingOptions): Promise<Recorder> {
    const folder = join(options.recordingsDir, options.meta.id);
    await makeFolder(folder);
    const found = await readMeta(folder);
    const tracks = (options.tracks ?? []).map(({ id, kind, name }) => ({ id, kind, name }));
    const meta: RecordingMeta = { ...(found ?? { ...options.meta, gaps: [], pauses: [], redactions: [] }), tracks, endedAt: null };
    await writeMeta(folder, meta);
    const tidied = await tidy(folder, meta);
    for (const part of tidied.left) options.log.error({ recording: meta.id, part }, 'a part of the recording cannot be read and is left as it lies');
    // Of an earlier life that recorded nothing only the description says when the class began.
    const beganUs = options.beganUs ?? (found === null ? null : Date.parse(found.startedAt) * 1000);
    return new Recorder(options, folder, meta, tidied, beganUs);
  }

  /** The program. */
  write(packet: MediaPacket): void {
    if (this.#finished) return;
    if (packet.kind === 'audio' ? packet.codec === 'aac' : packet.layer === this.#options.layer) this.#program.write(packet);
  }

  /** A single source's own, but for what it gave during a pause. */
  writeTrack(id: string, packet: MediaPacket): void {
    if (this.#finished || (packet.kind === 'audio' && packet.codec !== 'aac')) return;
    if (this.#paused.admits(id, packet)) this.#singles.get(id)?.write(packet);
  }

  report(): RecordingReport {
    const { pauses = [], redactions = [], id } = this.#meta;
    return {
      id, pauses, redactions,
      tracks: [PROGRAM, ...(this.#options.tracks ?? [])],
      lastFragmentAtMs: this.#lastFragmentAtMs, soundAtMs: this.#soundAtMs, proof: this.#proof.report,
      gaps: this.#gaps.all, problem: this.#program.problem,
    };
  }

  /** Marks a pause, or its end; `atMs` is epoch time. Said twice it is marked once. */
  setPaused(paused: boolean, atMs: number): void {
    this.#paused.set(paused, atMs * 1000);
    const { pauses = [] } = this.#meta;
    const last = pauses.at(-1);
    const isOpen = last !== undefined && last.to === null;
    if (isOpen === paused) return;
    const at = new Date(atMs).toISOString();
    const marked = paused ? [...pauses, { from: at, to: null }] : pauses.map((pause) => (pause.to === null ? { ...pause, to: at } : pause));
    // Where the disk refuses, the next change writes it too.
    void this.#describe({ pauses: marked }).catch((error: unknown) => this.#options.log.error({ err: error }, 'a pause could not be noted'));
  }

  /**
   * Takes the newest seconds out of the recording. What is on the box goes; what had left it is noted for the library to hide.
   * @param nowUs the program's time
   * @throws CodedError `erase_pending` while the disk does not answer: it is done as soon as it does
   */
  async erase(seconds: number, nowUs: number): Promise<void> {
    const redaction = redactionOf(nowUs, seconds);
    const span = spanOf(redaction);
    this.#meta = { ...this.#meta, redactions: [...(this.#meta.redactions ?? []), redaction] };
    // On disk before anything is cut: killed in between, the next start finishes it.
    const noted = onceDone(() => this.#describe({}));
    const writers = [this.#program, ...this.#singles.values()];
    const done = Promise.all([this.#erasing, ...writers.map((writer) => writer.erase(span, noted))]).then((each) => each.every(Boolean));
    this.#erasing = done;
    if (!(await within(done, ERASE_WAIT_MS))) {
      throw new CodedError('erase_pending', 'The disk does not answer. The last part is erased as soon as it does; do not switch the box off.', { status: 503 });
    }
  }

  /**
   * Detach it from the bus first. Resolves when everything is on disk, the indexes are appended and the recording says that it ended.
   * @param endUs the program's time at which it was to end: what is missing up to there is stated; null where that is not known
   * @throws CodedError `erase_undone` where the disk refused an erasure: `endRecording` does it, told of what {@link report} says
   */
  async finish(endUs: number | null = null, endedAt: Date = endUs === null ? new Date() : new Date(endUs / 1000)): Promise<void> {
    if (this.#finished) return;
    this.#finished = true;
    // All of them, also where one fails: whoever is told of that may open their files.
    const closed = await Promise.allSettled([this.#program, ...this.#singles.values()].map((writer) => writer.finish()));
    await this.#proof.stop();
    if (endUs !== null) this.#gaps.end(endUs);
    for (const each of closed) if (each.status === 'rejected') throw each.reason;
    // The uploader takes all of an ended class.
    if (!(await this.#erasing)) throw new CodedError('erase_undone', 'What the teacher erased is still on the disk.', { status: 503 });
    const at = endedAt.toISOString();
    const pauses = (this.#meta.pauses ?? []).map((pause) => ({ ...pause, to: pause.to ?? at }));
    await this.#describe({ endedAt: at, pauses, gaps: this.#gaps.forMeta() });
  }

  /** Detach it from the bus first. The recording stays open, for the recorder of the next start: everything captured is on disk, and no file is held. */
  async release(): Promise<void> {
    if (this.#finished) return;
    this.#finished = true;
    await Promise.allSettled([this.#program, ...this.#singles.values()].map((writer) => writer.release()));
    await this.#proof.stop();
    await this.#writingMeta;
  }

  async #written(written: Written): Promise<void> {
    const { piece, file } = written;
    this.#lastFragmentAtMs = Date.now();
    if (piece.soundUs > piece.durationUs / 2) this.#soundAtMs = performance.now();
    const isGap = this.#gaps.next(piece.captureUs, piece.durationUs);
    // With each new part too: where a folder was removed, its description went with it.
    if (isGap || !this.#partsSeen.has(file.name.part)) await this.#describe({ gaps: this.#gaps.forMeta() });
    this.#partsSeen.add(file.name.part);
    this.#proof.offer(written);
  }

  /** One after the other, each with everything that is known by then. */
  #describe(changes: Partial<RecordingMeta>): Promise<void> {
    this.#meta = { ...this.#meta, ...changes };
    const writing = this.#writingMeta.then(() => writeMeta(this.#folder, this.#meta));
    this.#writingMeta = writing.then(
      () => undefined,
      () => undefined, // whoever asked is told; the next change writes everything again
    );
    return writing;
  }
}

/** Runs until it succeeded once; then it is done for all who ask. */
function onceDone(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  return async () => {
    running ??= run();
    try {
      await running;
    } catch (error) {
      running = null;
      throw error;
    }
  };
}

async function within(done: Promise<boolean>, ms: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
