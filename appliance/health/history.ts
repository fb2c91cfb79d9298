import type { Statement } from 'better-sqlite3';
import { diskRefuses, openDatabase, removeDatabase, type Db } from '#kit/process/database.ts';
import { reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import type { HealthSeries, History } from '../contract/health.ts';

/** A grid of slots that are written over and over: it never takes more than `size` rows a series. */
interface Ring {
  readonly stepMs: number;
  readonly size: number;
}
const SECONDS: Ring = { stepMs: 1_000, size: 600 };
const MINUTES: Ring = { stepMs: 300_000, size: 8_640 };
const KEPT: readonly Ring[] = [{ stepMs: 10_000, size: 2_160 }, MINUTES];
const MOST_POINTS = 720;
const SCHEMA = `CREATE TABLE IF NOT EXISTS point (
  series TEXT NOT NULL, step_ms INTEGER NOT NULL, slot INTEGER NOT NULL, at_ms INTEGER NOT NULL, mean REAL NOT NULL, high REAL NOT NULL,
  PRIMARY KEY (series, step_ms, slot)) WITHOUT ROWID`;

interface Point {
  readonly atMs: number;
  readonly mean: number;
  readonly high: number;
}
interface Sum {
  readonly slotMs: number;
  readonly count: number;
  readonly total: number;
  readonly high: number;
}

/**
 * The box's past: ten minutes by the second in memory, six hours by ten seconds and thirty days by five minutes in a file of its own. It is
 * worth less than a class: what can't be written is left out, a file that is broken begins anew, and where the disk takes none all of it is in memory.
 */
export class HealthHistory {
  readonly #db: Db;
  readonly #log: Log;
  readonly #put: Statement;
  readonly #get: Statement<[string, number, number, number], { at_ms: number; mean: number; high: number }>;
  readonly #recent = new Map<HealthSeries, Point[]>();
  readonly #sums = new Map<string, Sum>();

  constructor(file: string, log: Log) {
    this.#log = log;
    this.#db = openOrBeginAnew(file, log);
    this.#put = this.#db.prepare('INSERT OR REPLACE INTO point VALUES (?, ?, ?, ?, ?, ?)');
    this.#get = this.#db.prepare('SELECT at_ms, mean, high FROM point WHERE series = ? AND step_ms = ? AND at_ms BETWEEN ? AND ? ORDER BY at_ms');
  }

  /** Once a second; null where something can't be measured. */
  record(values: Readonly<Partial<Record<HealthSeries, number | null>>>, atMs: number): void {
    const done: { series: HealthSeries; ring: Ring; sum: Sum }[] = [];
    for (const [series, value] of Object.entries(values) as [HealthSeries, number | null][]) {
      if (value === null || !Number.isFinite(value)) continue;
      this.#remember(series, { atMs, mean: value, high: value });
      for (const ring of KEPT) {
        const full = this.#add(series, ring, value, atMs);
        if (full !== null) done.push({ series, ring, sum: full });
      }
    }
    if (done.length > 0) this.#write(done);
  }

  /** As fine as is kept for so long ago, in 720 points at most. */
  query(series: HealthSeries, fromMs: number, toMs: number, nowMs: number): History {
    const spanMs = Math.max(1, toMs - fromMs);
    const ring = this.#finest(series, fromMs, nowMs);
    const stepMs = ring.stepMs * Math.ceil(spanMs / ring.stepMs / MOST_POINTS);
    const startMs = Math.floor(fromMs / stepMs) * stepMs;
    const points = ring === SECONDS ? (this.#recent.get(series) ?? []) : this.#kept(series, ring, startMs, toMs);
    return { series, from: new Date(startMs).toISOString(), stepMs, ...gridOf(points, startMs, toMs, stepMs) };
  }

  close(): void {
    this.#db.close();
  }

  /** Seconds are not kept over a restart: what they don't reach back to is told by the next ring. */
  #finest(series: HealthSeries, fromMs: number, nowMs: number): Ring {
    const [first] = this.#recent.get(series) ?? [];
    if (first !== undefined && first.atMs <= fromMs + SECONDS.stepMs) return SECONDS;
    return KEPT.find(({ stepMs, size }) => nowMs - fromMs <= stepMs * size) ?? MINUTES;
  }

  #remember(series: HealthSeries, point: Point): void {
    const points = this.#recent.get(series) ?? [];
    points.push(point);
    if (points.length > SECONDS.size) points.shift();
    this.#recent.set(series, points);
  }

  /** The slot that this value closes, or null. */
  #add(series: HealthSeries, { stepMs }: Ring, value: number, atMs: number): Sum | null {
    const key = `${series}/${stepMs}`;
    const slotMs = Math.floor(atMs / stepMs) * stepMs;
    const sum = this.#sums.get(key);
    const same = sum !== undefined && sum.slotMs === slotMs;
    this.#sums.set(key, same ? { slotMs, count: sum.count + 1, total: sum.total + value, high: Math.max(sum.high, value) } : { slotMs, count: 1, total: value, high: value });
    return same ? null : (sum ?? null);
  }

  #write(done: readonly { series: HealthSeries; ring: Ring; sum: Sum }[]): void {
    try {
      this.#db.transaction(() => {
        for (const { series, ring, sum } of done) {
          const slot = Math.floor(sum.slotMs / ring.stepMs) % ring.size;
          this.#put.run(series, ring.stepMs, slot, sum.slotMs, sum.total / sum.count, sum.high);
        }
      })();
    } catch (thrown) {
      this.#log.debug({ reason: reasonOf(thrown) }, 'the box’s history could not be written');
    }
  }

  #kept(series: HealthSeries, { stepMs }: Ring, fromMs: number, toMs: number): Point[] {
    const points = this.#get.all(series, stepMs, fromMs, toMs).map(({ at_ms: atMs, mean, high }) => ({ atMs, mean, high }));
    const open = this.#sums.get(`${series}/${stepMs}`);
    return open === undefined ? points : [...points, { atMs: open.slotMs, mean: open.total / open.count, high: open.high }];
  }
}

/** Points on a regular grid (pure): the mean of the means and the highest of the highs in each step, null where there is none. */
export function gridOf(points: readonly Point[], startMs: number, toMs: number, stepMs: number): { mean: (number | null)[]; high: (number | null)[] } {
  const length = Math.max(1, Math.ceil((toMs - startMs) / stepMs));
  const steps = Array.from({ length }, () => ({ count: 0, total: 0, high: Number.NEGATIVE_INFINITY }));
  for (const { atMs, mean, high } of points) {
    const step = steps[Math.floor((atMs - startMs) / stepMs)];
    if (step === undefined || atMs < startMs || atMs >= toMs) continue;
    step.count += 1;
    step.total += mean;
    step.high = Math.max(step.high, high);
  }
  return {
    mean: steps.map(({ count, total }) => (count === 0 ? null : rounded(total / count))),
    high: steps.map(({ count, high }) => (count === 0 ? null : rounded(high))),
  };
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

function openOrBeginAnew(file: string, log: Log): Db {
  try {
    return open(file);
  } catch (thrown) {
    // What the disk refuses is not broken: it is there again when the disk is.
    return diskRefuses(thrown) ? inMemory(thrown, log) : anew(file, thrown, log);
  }
}

function anew(file: string, broken: unknown, log: Log): Db {
  log.warn({ reason: reasonOf(broken) }, 'the box’s history is broken and begins anew');
  try {
    removeDatabase(file);
    return open(file);
  } catch (thrown) {
    return inMemory(thrown, log);
  }
}

/** The rings bound what that takes. */
function inMemory(refused: unknown, log: Log): Db {
  log.error({ reason: reasonOf(refused) }, 'the disk takes no history of the box: it is kept in memory until the next start. Have the disk checked.');
  return open(':memory:');
}

function open(file: string): Db {
  // A power cut may cost the last minute of it: not worth a flush every ten seconds.
  return openDatabase(file, { migrations: [SCHEMA], journalBytes: 1024 * 1024, survivesPowerCut: false, alone: true });
}
