import type { WayMeasured } from './connection.ts';

/** How the class fares. */
type OnLine = 'nothing-sent' | 'not-yet' | 'well' | 'hindered';

/** What is known of the line that recordings are uploaded over. */
export interface LineFacts {
  /** A class runs and its sending is not stopped. */
  readonly wanted: boolean;
  readonly way: WayMeasured;
  readonly renditions: number;
  /** Of the present connection, since it stands. */
  readonly framesLeftOut: number;
}

/** One megabit a second: little beside what a class takes of a line that carries it. */
const FIRST_BYTES_PER_SECOND = 125_000;
const LEAST_BYTES_PER_SECOND = 8_000;
const MOST_BYTES_PER_SECOND = 12_500_000;
const GROWTH = 1.5;
const GROWS_EVERY_MS = 5_000;
const CALM_MS = 20_000;
/** More than a good line loses, and more than it makes wait, where nothing fills it. */
const LOSS_PERCENT = 3;
const ROUND_TRIP_MS = 400;

/**
 * What uploading may take of the line: all where no class is sent over it; beside one little at first and more while that goes well, and next to nothing
 * as soon as it does not. A recording can wait, the class can't.
 */
export class UploadShare {
  #bytesPerSecond: number | null = null;
  #growsAtMs = 0;
  #leftOut = 0;
  /** Whether the class has been sent at all. */
  #stood = false;

  /** Called a few times a second, by a clock that nobody sets. @returns bytes a second at most, null for no limit */
  next(facts: LineFacts, nowMs: number): number | null {
    const line = onLine(facts, { leftOut: this.#leftOut, stood: this.#stood });
    this.#leftOut = facts.framesLeftOut;
    this.#stood = facts.wanted && (this.#stood || facts.way.transport !== 'none');
    if (line === 'nothing-sent') this.#bytesPerSecond = null;
    else if (line === 'hindered') this.#set(LEAST_BYTES_PER_SECOND, nowMs + CALM_MS);
    else if (this.#bytesPerSecond === null || line === 'not-yet') this.#set(FIRST_BYTES_PER_SECOND, nowMs + GROWS_EVERY_MS);
    else if (nowMs >= this.#growsAtMs) this.#set(Math.min(MOST_BYTES_PER_SECOND, Math.round(this.#bytesPerSecond * GROWTH)), nowMs + GROWS_EVERY_MS);
    return this.#bytesPerSecond;
  }

  #set(bytesPerSecond: number, growsAtMs: number): void {
    this.#bytesPerSecond = bytesPerSecond;
    this.#growsAtMs = growsAtMs;
  }
}

/** RTMP has one rendition and measures nothing but what it could not send. */
function onLine({ wanted, way, renditions, framesLeftOut }: LineFacts, before: { readonly leftOut: number; readonly stood: boolean }): OnLine {
  if (!wanted) return 'nothing-sent';
  if (way.transport === 'none') return before.stood ? 'hindered' : 'not-yet';
  if (framesLeftOut > before.leftOut) return 'hindered';
  if (way.estimateKbps !== null && way.layers.length < renditions) return 'hindered';
  return (way.lossPercent ?? 0) >= LOSS_PERCENT || (way.rttMs ?? 0) >= ROUND_TRIP_MS ? 'hindered' : 'well';
}
