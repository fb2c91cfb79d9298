import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CodedError, codeOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import type { Manifest, Verdict } from '../contract/library.ts';
import { partName, type Redaction } from '../contract/recording-folder.ts';
import { verdictOf, type Recording, type Recordings, type SafePart } from './recordings.ts';
import { mayBeRead, playablePartOf } from './segments.ts';
import { uploadIdOf, type Uploads } from './uploads.ts';
import { flushFolder, partFault, type PartManifest } from './verify.ts';

export interface CustodyDeps {
  readonly libraryDir: string;
  readonly recordings: Recordings;
  readonly uploads: Uploads;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Takes responsibility for a recording: only after every byte was read back from disk, compared with the manifest and flushed is it
 * called safe. The box may rely on that and delete.
 */
export class Custody {
  readonly #deps: CustodyDeps;
  /** The verification that runs for each recording: a manifest sent twice is verified once. */
  readonly #running = new Map<string, Promise<Verdict>>();

  constructor(deps: CustodyDeps) {
    this.#deps = deps;
  }

  /** @throws CodedError 422 `manifest_mismatch` with a `Verdict` in its details, 409 `already_verifying` */
  async accept(manifest: Manifest): Promise<Verdict> {
    const { id } = manifest.meta;
    if (this.#running.has(id)) {
      throw new CodedError('already_verifying', 'This recording is being verified. Ask again in a moment.', { status: 409, details: { retryAfterMs: 2_000 } });
    }
    const verdict = this.#verify(manifest);
    this.#running.set(id, verdict);
    try {
      return await verdict;
    } finally {
      this.#running.delete(id);
    }
  }

  async #verify(manifest: Manifest): Promise<Verdict> {
    const { recordings, now, log } = this.#deps;
    const recording = recordingOf(recordings, manifest.meta.id);
    const wrong = recording.safeAtMs === null ? await this.#faults(manifest) : differences(recording, manifest);
    if (wrong.length > 0) throw mismatch(recording, wrong);
    recordings.describe(manifest.meta);
    // Asked for only now: what was said while the bytes were read counts too.
    const { redactions } = recordingOf(recordings, recording.id);
    const parts = manifest.parts.map((part) => safePartOf(part, redactions));
    if (recording.safeAtMs !== null) {
      // The same bytes, with perhaps more to hide in them; where they lie is known from the first time.
      recordings.markSafe(recording.id, recording.parts.map((kept) => ({ ...kept, ...hiddenIn(kept, parts) })), recording.safeAtMs);
      return verdictOf(recording);
    }
    await this.#flushFolders(recording.id);
    recordings.markSafe(recording.id, parts, now());
    log.info({ recording: recording.id, parts: parts.length }, 'recording verified: safe');
    await this.#dropAbandoned(recording.id, parts);
    return verdictOf(recordingOf(recordings, recording.id));
  }

  async #faults({ meta, parts }: Manifest): Promise<Verdict['wrong']> {
    const wrong: Verdict['wrong'] = [];
    if (new Set(parts.map((part) => nameOf(part))).size !== parts.length) throw badManifest('It names a part twice.');
    if (meta.endedAt === null) throw badManifest('The class has not ended: send the manifest after it has.');
    for (const part of parts) {
      const reason = await this.#partFault(meta.id, part);
      if (reason !== null) wrong.push({ ...trackIn(part), part: part.part, reason });
    }
    return wrong;
  }

  async #partFault(recording: string, part: PartManifest): Promise<string | null> {
    const { uploads, libraryDir } = this.#deps;
    const id = uploadIdOf(part.upload);
    const upload = id === null ? null : uploads.find(id);
    if (!upload || upload.recording !== recording || upload.part !== part.part || upload.track !== (part.track ?? '')) return 'there is no upload of it under this address';
    const declared = uploads.declaredBytes(upload.id);
    if (declared !== part.bytes) return declared === null ? 'its upload was not finished' : `${declared} bytes were sent, the manifest says ${part.bytes}`;
    return partFault(join(libraryDir, upload.id), part);
  }

  /** The recording's folder and the library's: their entries are part of what must survive. */
  async #flushFolders(recording: string): Promise<void> {
    const folder = join(this.#deps.libraryDir, recording);
    try {
      await flushFolder(folder);
    } catch (error) {
      // A class in which nothing was recorded has no parts and no folder.
      if (codeOf(error) !== 'ENOENT') throw error;
    }
    await flushFolder(dirname(folder));
  }

  /**
   * Attempts that came to nothing: a part that was sent twice because its first upload was interrupted at the wrong moment. What was sent of
   * a part that the box no longer names stays: it may be all there is, where somebody removed files from the box during the class.
   */
  async #dropAbandoned(recording: string, parts: readonly SafePart[]): Promise<void> {
    const { libraryDir, uploads, log } = this.#deps;
    const verified = new Map(parts.map((part) => [partName(part), part.upload]));
    for (const upload of uploads.ofRecording(recording)) {
      const kept = verified.get(partName(upload));
      if (kept === undefined) log.warn({ recording, upload: upload.id }, 'bytes of a part that the box no longer has are kept, unverified');
      if (kept === undefined || kept === upload.id) continue;
      await rm(join(libraryDir, upload.id), { force: true });
      uploads.forget(upload.id);
    }
  }
}

function recordingOf(recordings: Recordings, id: string): Recording {
  const recording = recordings.get(id);
  if (!recording) throw new CodedError('unknown_recording', 'There is no such recording.', { status: 404 });
  return recording;
}

const nameOf = ({ track = '', part }: Pick<PartManifest, 'track' | 'part'>): string => partName({ track, part });
const trackIn = ({ track }: { readonly track?: string | undefined }): { track?: string } => (track === undefined || track === '' ? {} : { track });

function safePartOf(part: PartManifest, redactions: readonly Redaction[]): SafePart {
  const playable = playablePartOf({ track: part.track ?? '', part: part.part }, part.index, redactions);
  return { ...playable, upload: uploadIdOf(part.upload) ?? '', bytes: part.bytes, sha256: part.sha256 };
}

/** What may be played of a part after its manifest came again: less than before, never more. */
function hiddenIn(kept: SafePart, parts: readonly SafePart[]): Pick<SafePart, 'segments'> {
  const again = parts.find((part) => partName(part) === partName(kept)) ?? kept;
  return { segments: again.segments.filter(({ offset, bytes }) => mayBeRead(kept, offset, offset + bytes - 1)) };
}

/** What differs between a recording that is safe already and a manifest that comes again. */
function differences({ parts }: Recording, manifest: Manifest): Verdict['wrong'] {
  const known = new Map(parts.map((part) => [partName(part), part]));
  const listed = new Set(manifest.parts.map((part) => nameOf(part)));
  const wrong = manifest.parts.filter((part) => known.get(nameOf(part))?.sha256 !== part.sha256 || known.get(nameOf(part))?.bytes !== part.bytes);
  const missing = parts.filter((part) => !listed.has(partName(part)));
  return [...wrong, ...missing].map((part) => {
    return { ...trackIn(part), part: part.part, reason: 'the library already keeps this recording, verified, with other bytes' };
  });
}

function mismatch(recording: Recording, wrong: Verdict['wrong']): CodedError {
  const list = wrong.map(({ track, part, reason }) => `${track === undefined ? '' : `${track} `}part ${part}: ${reason}`).join('; ');
  const verdict = { ...verdictOf(recording, wrong), safe: false };
  return new CodedError('manifest_mismatch', `The bytes here are not what the manifest says (${list}). Send these parts again, then the manifest.`, { status: 422, details: verdict });
}

function badManifest(message: string): CodedError {
  return new CodedError('bad_manifest', message, { status: 422 });
}
