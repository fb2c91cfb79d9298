import { RunningMedian } from '../running-median.ts';

/** Samples per millisecond, of every sound in the box. */
export const SAMPLES_PER_MS = 48;

interface Point {
  readonly atMs: number;
  /** Arrival minus the device's own time: the least of its window, for a packet may be late but never early. */
  readonly offsetMs: number;
}

const WINDOW_MS = 1_000;
const POINTS_MAX = 180;
/** Arrivals that the usual lateness is taken of: two seconds of packets of 20 ms. */
const LATENESS_WINDOW = 100;
/** What a packet's arrival strays by at best, and what crystals stray by: they weigh a short look against what is usual. */
const NOISE_MS = 1;
const USUAL_DRIFT_MS_PER_S = 0.1;
const DRIFT_MAX_MS_PER_S = 1;
/** An arrival so much before the line: everything before was late. */
const EARLY_MS = 8;
/** All arrivals of so many windows so much after the line: the device lost samples. */
const LATE_MS = 20;
const LATE_WINDOWS = 3;
/** Drift is told after half a minute: before, it is mostly jitter. */
const TOLD_AFTER_WINDOWS = 30;

/**
 * A device's clock against ours, from when its samples arrive: the straight line along which the least delayed of them came. Its slope
 * is the drift. Robust: late windows weigh little, and a line that is plainly wrong is given up.
 */
export class ClockLine {
  readonly #lateness = new RunningMedian(LATENESS_WINDOW);
  #points: Point[] = [];
  #window: Point | null = null;
  #windowEndMs = 0;
  /** The line at `#pivotMs`, and its rise in ms per second of our time. */
  #offsetMs = 0;
  #slope = 0;
  #pivotMs = 0;
  #known = false;
  /** Over all lines: what is known of the drift outlives a break. */
  #windows = 0;

  get isKnown(): boolean {
    return this.#known;
  }

  /** How much faster than ours the device's clock runs; null until it can be told. */
  get driftPpm(): number | null {
    return this.#windows < TOLD_AFTER_WINDOWS ? null : -this.#slope * 1_000;
  }

  /** By how much arrivals usually come after the line, ms. */
  get usualLatenessMs(): number {
    return this.#lateness.value ?? 0;
  }

  /** Samples of the device per sample of ours. */
  get ratio(): number {
    return 1 - this.#slope / 1_000;
  }

  /** `samples` of the device had come in all when the newest of them arrived. */
  arrived(samples: number, atMs: number): void {
    const point = { atMs, offsetMs: atMs - samples / SAMPLES_PER_MS };
    if (!this.#known || point.offsetMs < this.#offsetAt(atMs) - EARLY_MS) return this.#beginAt(point);
    this.#lateness.add(point.offsetMs - this.#offsetAt(atMs));
    if (this.#window === null || point.offsetMs < this.#window.offsetMs) this.#window = point;
    if (this.#points.length === 0 && point.offsetMs < this.#offsetMs) this.#offsetMs = point.offsetMs;
    if (atMs >= this.#windowEndMs) this.#closeWindow(atMs);
  }

  /** The sample whose due arrival is at `atMs`. */
  sampleAt(atMs: number): number {
    return (atMs - this.#offsetAt(atMs)) * SAMPLES_PER_MS;
  }

  /** The next arrival begins a new line; the drift stays known. */
  restart(): void {
    this.#known = false;
  }

  #offsetAt(atMs: number): number {
    return this.#offsetMs + (this.#slope * (atMs - this.#pivotMs)) / 1_000;
  }

  #beginAt(point: Point): void {
    // Windows that were on time by this measure too go on counting.
    this.#points = this.#known ? this.#points.filter(({ atMs, offsetMs }) => offsetMs + (this.#slope * (point.atMs - atMs)) / 1_000 < point.offsetMs + EARLY_MS) : [];
    this.#known = true;
    this.#window = point;
    this.#windowEndMs = point.atMs + WINDOW_MS;
    this.#offsetMs = point.offsetMs;
    this.#pivotMs = point.atMs;
  }

  #closeWindow(atMs: number): void {
    if (this.#window !== null) this.#points.push(this.#window);
    this.#windows += 1;
    if (this.#points.length > POINTS_MAX) this.#points.shift();
    this.#window = null;
    this.#windowEndMs = atMs + WINDOW_MS;
    const recent = this.#points.slice(-LATE_WINDOWS);
    const isLost = this.#points.length > LATE_WINDOWS && recent.every((point) => point.offsetMs > this.#offsetAt(point.atMs) + LATE_MS);
    if (isLost) this.#points = recent;
    this.#fit(atMs);
  }

  /** Weighted least squares, with the drift known so far as a prior; late points lose weight round by round. */
  #fit(atMs: number): void {
    const prior = this.#slope;
    let [offset, slope] = [this.#lowerQuartile(atMs, prior), prior];
    const priorWeight = (NOISE_MS / USUAL_DRIFT_MS_PER_S) ** 2;
    for (let round = 0; round < 4; round += 1) {
      let [n, x, y, xx, xy] = [0, 0, 0, priorWeight, priorWeight * prior];
      for (const point of this.#points) {
        const seconds = (point.atMs - atMs) / 1_000;
        const weight = weightOf(point.offsetMs - (offset + slope * seconds));
        n += weight;
        x += weight * seconds;
        y += weight * point.offsetMs;
        xx += weight * seconds * seconds;
        xy += weight * seconds * point.offsetMs;
      }
      slope = (n * xy - x * y) / (n * xx - x * x);
      offset = (y - slope * x) / n;
    }
    this.#offsetMs = offset;
    this.#slope = Math.max(-DRIFT_MAX_MS_PER_S, Math.min(DRIFT_MAX_MS_PER_S, slope));
    this.#pivotMs = atMs;
  }

  /** Where a line of this slope would be if the middle of the earlier half were on time. */
  #lowerQuartile(atMs: number, slope: number): number {
    const offsets = this.#points.map((point) => point.offsetMs - (slope * (point.atMs - atMs)) / 1_000).sort((a, b) => a - b);
    return offsets[Math.floor(offsets.length / 4)] as number;
  }
}

/** Of a point by how late it is against the line: one that is early, or late by jitter alone, counts in full. */
function weightOf(lateMs: number): number {
  const limit = 1.5 * NOISE_MS;
  return lateMs <= limit ? 1 : (limit / lateMs) ** 2;
}
