import { partName } from '../contract/recording-folder.ts';
import type { FolderPart, FolderRecording } from './folder.ts';
import type { UploadState } from './tus-client.ts';

/** What the uploader knows of a recording it has to bring up. */
export interface RecordingView extends FolderRecording {
  /** The library has this very description. */
  readonly announced: boolean;
  /** By the part's file name. */
  readonly sent: ReadonlyMap<string, PartView>;
  readonly safe: boolean;
  /** Monotonic ms before which it is left alone, after a failure. */
  readonly notBeforeMs: number;
}
export interface PartView {
  readonly upload: string;
  readonly complete: boolean;
  /** What the library has acknowledged; null when that has to be asked. */
  readonly state: UploadState | null;
}

export type Job =
  | { readonly kind: 'announce'; readonly recording: FolderRecording }
  | { readonly kind: 'create'; readonly recording: FolderRecording; readonly part: FolderPart }
  | { readonly kind: 'ask'; readonly recording: FolderRecording; readonly part: FolderPart; readonly upload: string }
  /** The offset may be all there is: then only the final length is declared. */
  | { readonly kind: 'send'; readonly recording: FolderRecording; readonly part: FolderPart; readonly upload: string; readonly state: UploadState }
  | { readonly kind: 'manifest'; readonly recording: FolderRecording };

/**
 * The one thing to do next, or null when everything released is up. Newest recording first: students wait for the class that just
 * ended, not for last week's.
 */
export function nextJob(views: readonly RecordingView[], nowMs: number): Job | null {
  const waiting = views.filter(({ safe, notBeforeMs }) => !safe && notBeforeMs <= nowMs);
  for (const view of waiting.toSorted((a, b) => b.meta.startedAt.localeCompare(a.meta.startedAt))) {
    const job = jobOf(view);
    if (job) return job;
  }
  return null;
}

/** Released bytes that the library hasn't acknowledged. */
export function pendingBytes({ parts, sent, safe }: RecordingView): number {
  if (safe) return 0;
  return parts.reduce((sum, part) => sum + Math.max(0, part.bytes - acknowledged(part, sent.get(partName(part)))), 0);
}

function jobOf(recording: RecordingView): Job | null {
  if (!recording.announced) return { kind: 'announce', recording };
  for (const part of recording.parts.filter(({ damaged }) => damaged !== true)) {
    const job = partJob(recording, part);
    if (job) return job;
  }
  return recording.meta.endedAt === null ? null : { kind: 'manifest', recording };
}

function partJob(recording: RecordingView, part: FolderPart): Job | null {
  const sent = recording.sent.get(partName(part));
  if (!sent) return { kind: 'create', recording, part };
  if (sent.complete) return null;
  const { upload, state } = sent;
  if (state === null) return { kind: 'ask', recording, part, upload };
  return state.offset < part.bytes || part.ended ? { kind: 'send', recording, part, upload, state } : null;
}

function acknowledged(part: FolderPart, sent: PartView | undefined): number {
  return sent?.complete ? part.bytes : (sent?.state?.offset ?? 0);
}
