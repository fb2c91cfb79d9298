export interface Sample {
  readonly atMs: number;
  readonly value: number | null;
}

/** Two minutes without a report: the line is broken rather than drawn over what nobody knows. */
const GAP_MS = 150_000;

/** The `d` of an SVG path through the samples between two instants, in a box of the given size (pure). The axis begins at `low`. */
export function sparkPath(samples: readonly Sample[], span: { fromMs: number; toMs: number; low: number; high: number }, size: { width: number; height: number }): string {
  let beforeMs = Number.NEGATIVE_INFINITY;
  const steps: string[] = [];
  for (const { atMs, value } of samples) {
    if (value === null || atMs < span.fromMs || atMs > span.toMs) continue;
    const x = ((atMs - span.fromMs) / (span.toMs - span.fromMs)) * size.width;
    const share = Math.min(1, Math.max(0, (value - span.low) / (span.high - span.low || 1)));
    steps.push(`${atMs - beforeMs > GAP_MS ? 'M' : 'L'}${x.toFixed(1)} ${(size.height * (1 - share)).toFixed(1)}`);
    beforeMs = atMs;
  }
  return steps.join('');
}
