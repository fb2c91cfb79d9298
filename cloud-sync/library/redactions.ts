import type { IndexLine, RecordingMeta, Redaction } from '../contract/recording-folder.ts';

/** What is known and what is said now, each once: nothing that anybody sends takes a redaction back. */
export function allRedactions(known: readonly Redaction[], said: RecordingMeta['redactions']): Redaction[] {
  return [...new Map([...known, ...(said ?? [])].map((redaction) => [`${redaction.from} ${redaction.to}`, redaction])).values()];
}

/** Whether any of a fragment is to be hidden. */
export function isRedacted({ captureUs, durationUs }: IndexLine, redactions: readonly Redaction[]): boolean {
  return redactions.some(({ from, to }) => captureUs < Date.parse(to) * 1000 && captureUs + durationUs > Date.parse(from) * 1000);
}
