import type { Replay } from '#edge-relay/contract/api.ts';

/** Where in the replay something is missing, and how much; a gap takes no time of the replay itself. */
export function gapsIn({ recordedAt, gaps }: Pick<Replay, 'recordedAt' | 'gaps'>): { readonly atMs: number; readonly lostMs: number; readonly reason: string }[] {
  let lostMs = 0;
  return gaps
    .toSorted((a, b) => Date.parse(a.from) - Date.parse(b.from))
    .map(({ from, to, reason }) => {
      const gap = { atMs: Math.max(0, Date.parse(from) - Date.parse(recordedAt) - lostMs), lostMs: Date.parse(to) - Date.parse(from), reason };
      lostMs += gap.lostMs;
      return gap;
    });
}
