/** How often and how long a picture stood, counted by looking now and then: as fine as the looks are frequent. */
export interface Stalls {
  readonly freezes: number;
  readonly stalledMs: number;
  /** Of the last look at which it stood; null where it moved. */
  readonly stoodAtMs: number | null;
}

export const noStalls: Stalls = { freezes: 0, stalledMs: 0, stoodAtMs: null };

export function looked({ freezes, stalledMs, stoodAtMs }: Stalls, stands: boolean, atMs: number): Stalls {
  const sinceLookMs = stoodAtMs === null ? 0 : atMs - stoodAtMs;
  return { freezes: freezes + (stands && stoodAtMs === null ? 1 : 0), stalledMs: stalledMs + sinceLookMs, stoodAtMs: stands ? atMs : null };
}
