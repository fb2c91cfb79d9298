import { open } from 'node:fs/promises';
import { checker } from '#kit/process/check.ts';
import { diskRefuses } from '#kit/process/database.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { Verdict, type Manifest } from '../contract/library.ts';
import { partName, type PartName } from '../contract/recording-folder.ts';
import type { FolderPart, FolderRecording } from './folder.ts';
import type { Memory } from './memory.ts';
import type { Job } from './next-job.ts';
import type { Pace } from './pace.ts';
import { partHash } from './part-hash.ts';
import { askUpload, createUpload, isGone, putJson, Refused, sendBytes, type Credentials, type UploadState } from './tus-client.ts';

export interface SenderDeps {
  readonly memory: Memory;
  readonly pace: Pace;
  readonly sleep: (ms: number) => Promise<void>;
  readonly log: Log;
}

/** The library reads the whole recording back before it answers. */
const VERDICT_TIMEOUT_MS = 600_000;

const checkVerdict = checker(Verdict, 'bad_answer');

/** What a recording's description looks like on the wire; compared to know whether the library has the newest. */
export function announcementOf({ meta }: FolderRecording): string {
  return JSON.stringify(meta);
}

/** Does one job. What it learns goes to memory at once, so that being killed at any instant costs one question at most. */
export class Sender {
  readonly #deps: SenderDeps;
  /** Where each upload stands, by its path: asked again after every failure and every restart. */
  readonly #states = new Map<string, UploadState>();
  /** SHA-256 of parts, by their files: a verdict that is long in coming does not have the disk read gigabytes again and again during the next class. */
  readonly #hashes = new Map<string, { readonly bytes: number; readonly sha256: string }>();

  constructor(deps: SenderDeps) {
    this.#deps = deps;
  }

  stateOf(upload: string): UploadState | null {
    return this.#states.get(upload) ?? null;
  }

  async do(job: Job, to: Credentials, signal: AbortSignal): Promise<void> {
    const { memory } = this.#deps;
    const { id } = job.recording.meta;
    switch (job.kind) {
      case 'announce': {
        const body = announcementOf(job.recording);
        await putJson(to, `/api/recordings/${id}`, body, signal);
        return memory.setAnnounced(id, body);
      }
      case 'create':
        return this.#create(job.recording, job.part, to, signal);
      case 'ask':
        return void this.#states.set(job.upload, await askUpload(to, job.upload, signal));
      case 'send':
        return this.#send(job, to, signal);
      case 'manifest':
        return this.#sendManifest(job.recording, to, signal);
    }
  }

  /** After a failure: what the library knows has to be asked again, and what it says is lost is sent again. */
  failed(job: Job, error: unknown): void {
    const { id } = job.recording.meta;
    // A chunk that takes longer than somebody on the way waits would else be sent, and cut off, for ever.
    if (job.kind === 'send') this.#deps.pace.failed();
    if (job.kind === 'ask' || job.kind === 'send') {
      this.#states.delete(job.upload);
      if (isGone(error) || (error instanceof CodedError && error.code === 'other_bytes')) this.#forget(id, job.part);
    }
    if (job.kind === 'manifest' && error instanceof Refused) {
      const wrong = wrongParts(error);
      for (const part of wrong) this.#forget(id, part);
      // Perhaps it is the box's disk.
      if (wrong.length > 0) this.#forgetHashes(job.recording);
    }
  }

  /** Where the disk refuses, the step that failed comes again after its wait, fails again, and with it this is tried again. */
  #forget(id: string, name: PartName): void {
    try {
      this.#deps.memory.forget(id, name);
    } catch (thrown) {
      if (!diskRefuses(thrown)) throw thrown;
      const reason = reasonOf(thrown);
      this.#deps.log.error({ recording: id, part: partName(name), reason }, 'the disk refuses to forget an upload that has to begin anew: tried again. Have the disk checked.');
    }
  }

  async #create({ meta }: FolderRecording, part: FolderPart, to: Credentials, signal: AbortSignal): Promise<void> {
    const { memory } = this.#deps;
    try {
      const upload = await createUpload(to, { recording: meta.id, ...uploadNameOf(part), room: meta.room }, signal);
      memory.begin(meta.id, part, upload);
      this.#states.set(upload, { offset: 0, length: null });
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'already_safe') throw error;
      // Ours was forgotten, the library's was not: the manifest will show that both have the same bytes.
      memory.begin(meta.id, part, '');
      memory.complete(meta.id, part);
    }
  }

  async #send({ recording, part, upload, state }: Job & { kind: 'send' }, to: Credentials, signal: AbortSignal): Promise<void> {
    const { memory, pace, sleep } = this.#deps;
    if (state.offset > part.bytes || (state.length !== null && state.length !== part.bytes)) {
      throw new CodedError('other_bytes', 'The library has other bytes than the box for this part. It is sent again.');
    }
    if (state.offset < part.bytes || state.length === null) {
      const bytes = await readBytes(part, state.offset, pace.chunkBytes());
      const ends = part.ended && state.offset + bytes.length === part.bytes;
      const startedAt = performance.now();
      const offset = await sendBytes(to, upload, { offset: state.offset, bytes, finalLength: ends && state.length === null ? part.bytes : null }, signal);
      this.#states.set(upload, { offset, length: ends ? part.bytes : state.length });
      await sleep(pace.sent(bytes.length, performance.now() - startedAt));
    }
    const now = this.#states.get(upload);
    if (now?.length === part.bytes && now.offset === part.bytes) memory.complete(recording.meta.id, part);
  }

  async #sendManifest(recording: FolderRecording, to: Credentials, signal: AbortSignal): Promise<void> {
    const { memory } = this.#deps;
    const { meta, parts } = recording;
    const damaged = parts.find((part) => part.damaged === true);
    if (damaged !== undefined) {
      throw new CodedError('recording_damaged', `The index of ${partName(damaged)} is damaged on the box's disk. Have the disk checked.`);
    }
    const listed: Manifest['parts'] = [];
    for (const part of parts) {
      const upload = memory.part(meta.id, part)?.upload ?? '';
      listed.push({ ...trackOf(part), part: part.part, upload, bytes: part.bytes, sha256: await this.#hashOf(part), index: [...part.index] });
    }
    const manifest: Manifest = { meta, parts: listed };
    const verdict = checkVerdict(await putJson(to, `/api/recordings/${meta.id}/manifest`, JSON.stringify(manifest), signal, VERDICT_TIMEOUT_MS));
    if (!verdict.safe) throw new CodedError('not_safe', 'The library has not called the recording safe.');
    memory.setSafe(meta.id, Date.now());
    this.#forgetHashes(recording);
  }

  async #hashOf(part: FolderPart): Promise<string> {
    const known = this.#hashes.get(part.file);
    if (known?.bytes === part.bytes) return known.sha256;
    const sha256 = await partHash(part);
    this.#hashes.set(part.file, { bytes: part.bytes, sha256 });
    return sha256;
  }

  #forgetHashes({ parts }: FolderRecording): void {
    for (const { file } of parts) this.#hashes.delete(file);
  }
}

async function readBytes({ file, bytes: released }: FolderPart, offset: number, atMost: number): Promise<Buffer<ArrayBuffer>> {
  const buffer = Buffer.alloc(Math.min(atMost, released - offset));
  if (buffer.length === 0) return buffer;
  const handle = await open(file, 'r');
  try {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
    if (bytesRead === 0) throw new CodedError('recording_damaged', `Part file ${file} is shorter than its index says. Have the disk checked.`);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The program's parts are named as they ever were: a library of an earlier release takes them. */
function trackOf({ track }: PartName): { track?: string } {
  return track === '' ? {} : { track };
}

function uploadNameOf(name: PartName): Record<string, string> {
  return { ...trackOf(name), part: String(name.part) };
}

function wrongParts({ code, details }: Refused): PartName[] {
  const wrong = code === 'manifest_mismatch' ? details?.['wrong'] : undefined;
  if (!Array.isArray(wrong)) return [];
  return wrong.flatMap(({ part, track }: { part?: unknown; track?: unknown }) => {
    return typeof part === 'number' ? [{ part, track: typeof track === 'string' ? track : '' }] : [];
  });
}
