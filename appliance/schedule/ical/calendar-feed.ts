import Type, { type Static } from 'typebox';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { backoffMs, sleep } from '#kit/process/supervisor.ts';
import type { PlannedClass } from '../../lesson/timetable.ts';
import { readCalendarSafely } from './calendar-reader.ts';
import { fetchCalendar } from './fetch-calendar.ts';

/** The last calendar that could be read, as it came: a box that boots without network has its timetable. */
export const KeptCalendar = Type.Object({
  source: Type.String(),
  validators: Type.Object({ etag: Type.String(), lastModified: Type.String() }),
  text: Type.String(),
  fetchedAtMs: Type.Number(),
});
export type KeptCalendar = Static<typeof KeptCalendar>;

export interface CalendarFeedParts {
  /** `http(s)://…` or a file. */
  readonly source: string;
  readonly roomZone: string;
  readonly location: string;
  readonly cache: { load(): KeptCalendar | null; save(kept: KeptCalendar): void };
  readonly clock: { nowMs(): number };
  readonly log: Log;
}

const EVERY_MS = 5 * 60_000;
const RETRY_MIN_MS = 10_000;
/** Repetitions are spread out over these days; the span moves on with every reading. */
const AHEAD_MS = 15 * 86_400_000;
const BACK_MS = 2 * 86_400_000;
/** A clock that went so far since the last reading was set: the calendar is spread out over other days now. */
const JUMP_MS = 86_400_000;
const LOOK_EVERY_MS = 1_000;

/**
 * The room's calendar, fetched at the start and then every five minutes or so. The waits are random within a fifth: a thousand boxes
 * that were switched on together don't ask together. A calendar that can't be read changes nothing but `problem`.
 */
export class CalendarFeed {
  readonly #parts: CalendarFeedParts;
  #kept: KeptCalendar | null = null;
  #classes: readonly PlannedClass[] = [];
  #problem = '';
  #savedWords = '';
  #readAtMs = 0;

  constructor(parts: CalendarFeedParts) {
    this.#parts = parts;
  }

  /** Soonest first. The array is another one when it changed. */
  get classes(): readonly PlannedClass[] {
    return this.#classes;
  }

  get fetchedAtMs(): number | null {
    return this.#kept?.fetchedAtMs ?? null;
  }

  get problem(): string {
    return this.#problem;
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#takeUpKept();
    for (let failures = 0; !signal.aborted; ) {
      failures = (await this.refresh(signal)) ? 0 : failures + 1;
      const waitMs = failures === 0 ? EVERY_MS * (0.8 + 0.4 * Math.random()) : backoffMs(failures, RETRY_MIN_MS, EVERY_MS);
      await this.#rest(waitMs, signal);
    }
  }

  /** @returns whether the calendar was reached and understood */
  async refresh(signal: AbortSignal): Promise<boolean> {
    const { source, clock, cache, log } = this.#parts;
    try {
      const fetched = await fetchCalendar(source, this.#kept?.validators ?? null, signal);
      const kept = fetched === 'unchanged' ? this.#kept : { source, ...fetched };
      if (kept === null) return false;
      await this.#read(kept.text);
      this.#kept = { ...kept, fetchedAtMs: clock.nowMs() };
      const words = wordsOf(kept.text);
      if (words !== this.#savedWords) cache.save(this.#kept);
      this.#savedWords = words;
      this.#problem = '';
      return true;
    } catch (thrown) {
      if (signal.aborted) return false;
      const reason = thrown instanceof CodedError ? thrown.message : `It could not be kept (${reasonOf(thrown)}).`;
      if (this.#problem !== reason) log.warn({ reason }, 'the calendar could not be read; the last good one is kept');
      this.#problem = reason;
      await this.#readKept();
      return false;
    }
  }

  async #takeUpKept(): Promise<void> {
    const kept = this.#parts.cache.load();
    if (kept === null || kept.source !== this.#parts.source) return;
    this.#kept = kept;
    this.#savedWords = wordsOf(kept.text);
    await this.#readKept();
  }

  /** Until the next try. A box with a dead battery wakes up in 1970: once its clock is put right its classes must not wait for that try. */
  async #rest(waitMs: number, signal: AbortSignal): Promise<void> {
    for (let leftMs = waitMs; leftMs > 0 && !signal.aborted; leftMs -= LOOK_EVERY_MS) {
      await sleep(Math.min(leftMs, LOOK_EVERY_MS), signal);
      if (Math.abs(this.#parts.clock.nowMs() - this.#readAtMs) > JUMP_MS) await this.#readKept();
    }
  }

  /** A weekly class goes on although nobody can be asked: the kept calendar is spread out anew over the days that come. */
  async #readKept(): Promise<void> {
    if (this.#kept === null) return;
    try {
      await this.#read(this.#kept.text);
    } catch (thrown) {
      this.#parts.log.warn({ reason: reasonOf(thrown) }, 'the kept calendar could not be read');
    }
  }

  async #read(text: string): Promise<void> {
    const { clock, roomZone, location, log } = this.#parts;
    const nowMs = clock.nowMs();
    this.#readAtMs = nowMs;
    const { classes, skipped } = await readCalendarSafely(text, { fromMs: nowMs - BACK_MS, toMs: nowMs + AHEAD_MS, roomZone, location });
    if (skipped > 0) log.debug({ skipped }, 'events of the calendar that make no sense were left out');
    if (JSON.stringify(classes) !== JSON.stringify(this.#classes)) this.#classes = classes;
  }
}

/** What a calendar says, without when it was asked (RFC 5545, 3.8.7.2): many servers stamp it anew each time, and a disk may take seconds for it. */
function wordsOf(text: string): string {
  return text.replaceAll(/^DTSTAMP[:;].*$/gim, '');
}
