/** The median of what was measured, and the worst, in words. */
export function middleAndWorst(measuredMs: readonly number[]): string {
  const sorted = measuredMs.map(Math.round).sort((a, b) => a - b);
  return `${sorted[Math.floor(sorted.length / 2)] ?? 0} ms (median), ${sorted.at(-1) ?? 0} ms (worst)`;
}
