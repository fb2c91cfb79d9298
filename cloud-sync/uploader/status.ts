import type { FromUploader } from '../contract/uploader.ts';
import type { RecordingMeta } from '../contract/recording-folder.ts';

export interface UploadFacts {
  readonly recordings: readonly { readonly meta: RecordingMeta; readonly safe: boolean }[];
  readonly pendingBytes: number;
  readonly bytesPerSecond: number | null;
  /** Something on the box's disk can't be read: nobody knows whether it is safe. */
  readonly unreadable: boolean;
  /** What goes wrong right now, as a sentence; empty when nothing does. */
  readonly problem: string;
}

const MAX_SHOWN = 50;

/** What the panel is told. "Verified" only when the library has said so of everything that ended. */
export function uploadStatus({ recordings, pendingBytes, bytesPerSecond, unreadable, problem }: UploadFacts): FromUploader {
  const newestFirst = recordings.toSorted((a, b) => b.meta.startedAt.localeCompare(a.meta.startedAt));
  const unsafe = unreadable || recordings.some(({ safe }) => !safe);
  return {
    type: 'uploads',
    state: stateOf(unreadable || recordings.length > 0, unsafe, problem),
    pendingBytes,
    remainingSeconds: remaining(pendingBytes, bytesPerSecond),
    problem: unsafe ? problem : '',
    recordings: newestFirst.slice(0, MAX_SHOWN).map(({ meta, safe }) => ({ id: meta.id, title: meta.title, endedAt: meta.endedAt, safe })),
  };
}

function stateOf(any: boolean, unsafe: boolean, problem: string): FromUploader['state'] {
  if (!any) return 'idle';
  if (!unsafe) return 'verified';
  return problem === '' ? 'uploading' : 'failing';
}

function remaining(pendingBytes: number, bytesPerSecond: number | null): number | null {
  if (pendingBytes === 0) return 0;
  return bytesPerSecond === null || bytesPerSecond === 0 ? null : Math.ceil(pendingBytes / bytesPerSecond);
}
