import { cpus, loadavg, release, totalmem } from 'node:os';

/** What the same machine does in the same run with nothing of ours in the way. */
export interface Baseline {
  readonly name: string;
  /** How to run it by hand; null where it is done in a browser page. */
  readonly command: string | null;
  readonly raw: readonly number[];
}

export interface Measured {
  readonly case: string;
  readonly unit: string;
  /** One figure a run, in the order of the runs. */
  readonly raw: readonly number[];
  readonly baseline: Baseline;
  /** What the product promises: for the median, or for the ratio. */
  readonly promise: { readonly median: number } | { readonly ratio: number };
  /** Facts without which the figures can't be judged. */
  readonly notes?: Readonly<Record<string, number | string>>;
}

/** One case as one line of JSON. */
export function lineOf(bench: string, { raw, baseline, ...measured }: Measured, at: Date): string {
  const median = quantile(raw, 0.5);
  const base = quantile(baseline.raw, 0.5);
  return JSON.stringify({
    bench,
    case: measured.case,
    unit: measured.unit,
    runs: raw.length,
    median: rounded(median),
    p95: rounded(quantile(raw, 0.95)),
    raw: raw.map(rounded),
    baseline: { name: baseline.name, command: baseline.command, median: rounded(base), raw: baseline.raw.map(rounded) },
    ratio: rounded(median / base),
    promise: measured.promise,
    ...(measured.notes ? { notes: measured.notes } : {}),
    machine: machine(),
    at: at.toISOString(),
  });
}

/** For a person, beside the line. */
export function sentenceOf(bench: string, { raw, baseline, unit, promise, ...measured }: Measured): string {
  const median = quantile(raw, 0.5);
  const ratio = median / quantile(baseline.raw, 0.5);
  const kept = 'median' in promise ? median <= promise.median : ratio <= promise.ratio;
  const promised = 'median' in promise ? `at most ${promise.median} ${unit}` : `at most ${promise.ratio} times the baseline`;
  const compared = Number.isFinite(ratio) ? `${rounded(ratio)} times` : `against ${rounded(quantile(baseline.raw, 0.5))} of`;
  return `${bench} ${measured.case}: ${rounded(median)} ${unit}, ${compared} "${baseline.name}"; promised ${promised}: ${kept ? 'kept' : 'NOT KEPT'}`;
}

/** By the nearest rank; NaN of nothing. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? NaN;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function machine(): object {
  const all = cpus();
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: release(),
    node: process.version,
    /** Over 1 and 5 minutes: figures of a busy machine say less. */
    load: loadavg().slice(0, 2).map(rounded),
  };
}
