import type { Log } from '#kit/process/log.ts';
import { reasonOf } from '#kit/process/errors.ts';
import { sleep } from '#kit/process/supervisor.ts';
import type { RehearsalState } from '../contract/schedule.ts';
import type { State } from '../contract/state.ts';
import type { PlannedClass } from '../lesson/timetable.ts';
import { checksOf, type RehearsalCheck, type UplinkFound } from './checks.ts';
import { dueRehearsal, type Rehearsed } from './due.ts';

export interface RehearsalParts {
  readonly clock: { nowMs(): number };
  readonly next: () => PlannedClass | null;
  readonly state: () => Pick<State, 'sources' | 'cameras' | 'encoder' | 'recording'>;
  /** dBFS RMS of the last 100 ms, by source. */
  readonly levels: () => Readonly<Record<string, number>>;
  readonly soundCaptured: () => boolean;
  readonly silenceExpected: () => boolean;
  readonly clockErrorMs: () => number | null;
  readonly probeUplink: (signal: AbortSignal) => Promise<UplinkFound>;
  readonly wantedFps: number;
  /** The first rehearsal is so long before a class; 0 for none. */
  readonly aheadMs: number;
  readonly log: Log;
  /** For tests: how long microphones are listened to, ms. */
  readonly listenMs?: number;
}

const LOOK_EVERY_MS = 1_000;
/** A microphone that was just opened takes a few seconds to give sound. */
const OPENING_MS = 8_000;
const LISTEN_MS = 5_000;
const LISTEN_EVERY_MS = 100;
const HOUR_MS = 3_600_000;
/** A rehearsal that was asked for is for a class of this length. */
const ASKED_HOURS = 1;

/** Tries before each class whether it will work, while somebody can still do something about it. */
export class Rehearsal {
  readonly #parts: RehearsalParts;
  #last: Rehearsed | null = null;
  #checks: readonly RehearsalCheck[] = [];
  #running: PlannedClass | null | 'none' = 'none';
  #asked = false;
  #yielded = new AbortController();

  constructor(parts: RehearsalParts) {
    this.#parts = parts;
  }

  /** One now, for whatever comes; the running one counts. */
  start(): void {
    this.#asked = true;
  }

  /** A class begins: a probe of its way must not meet it there. What was found so far is dropped. */
  yield(): void {
    this.#yielded.abort();
  }

  state(): RehearsalState {
    if (this.#running !== 'none' || this.#asked) return this.#said(this.#running === 'none' ? null : this.#running, 'running');
    if (this.#last === null) return { at: null, forClass: null, verdict: 'none', checks: [] };
    return this.#said(this.#last.planned, this.#last.atRisk ? 'at-risk' : 'ready');
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { next, aheadMs, soundCaptured, clock } = this.#parts;
      const due = dueRehearsal(next(), this.#last, aheadMs, soundCaptured(), clock.nowMs());
      if (due !== null || this.#asked) await this.#rehearse(due, AbortSignal.any([signal, this.#begin()]));
      await sleep(LOOK_EVERY_MS, signal);
    }
  }

  #begin(): AbortSignal {
    this.#yielded = new AbortController();
    return this.#yielded.signal;
  }

  #said(planned: PlannedClass | null, verdict: RehearsalState['verdict']): RehearsalState {
    const at = this.#last === null ? null : new Date(this.#last.atMs).toISOString();
    return { at, forClass: planned?.id ?? null, verdict, checks: [...this.#checks] };
  }

  async #rehearse(planned: PlannedClass | null, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts;
    this.#running = planned;
    try {
      const { checks, unheard } = await this.#look(planned, signal);
      if (signal.aborted) return;
      const atRisk = checks.some(({ ok }) => !ok);
      this.#checks = checks;
      this.#last = { planned, atMs: clock.nowMs(), atRisk, unheard };
      log.info({ planned: planned?.id, atRisk, failed: checks.filter(({ ok }) => !ok).map(({ message }) => message) }, 'rehearsed');
    } catch (thrown) {
      log.error({ reason: reasonOf(thrown) }, 'the rehearsal failed');
      this.#last = { planned, atMs: clock.nowMs(), atRisk: true, unheard: false };
    } finally {
      this.#running = 'none';
      this.#asked = false;
    }
  }

  async #look(planned: PlannedClass | null, signal: AbortSignal): Promise<{ checks: RehearsalCheck[]; unheard: boolean }> {
    const [heard, uplink] = await Promise.all([this.#listen(signal), this.#parts.probeUplink(signal)]);
    const { state, silenceExpected, wantedFps, clockErrorMs } = this.#parts;
    const { sources, cameras, encoder, recording } = state();
    const checks = checksOf({
      sources, cameras, encoder, wantedFps, heard, uplink,
      silenceExpected: silenceExpected(),
      freeHours: recording.freeHours,
      classHours: planned === null ? ASKED_HOURS : (planned.endsAtMs - planned.startsAtMs) / HOUR_MS,
      clockErrorMs: clockErrorMs(),
    });
    return { checks, unheard: heard === null };
  }

  /** The loudest of each source over some seconds; null while microphones are closed: a rehearsal never opens them. */
  async #listen(signal: AbortSignal): Promise<Record<string, number> | null> {
    const { soundCaptured, levels, listenMs = LISTEN_MS } = this.#parts;
    if (!soundCaptured()) return null;
    const opened = performance.now() + OPENING_MS;
    while (!signal.aborted && performance.now() < opened && !this.#allOpen()) await sleep(LISTEN_EVERY_MS, signal);
    const loudest: Record<string, number> = {};
    const until = performance.now() + listenMs;
    while (!signal.aborted && performance.now() < until) {
      for (const [id, level] of Object.entries(levels())) loudest[id] = Math.max(level, loudest[id] ?? Number.NEGATIVE_INFINITY);
      await sleep(LISTEN_EVERY_MS, signal);
    }
    return loudest;
  }

  #allOpen(): boolean {
    return this.#parts.state().sources.every(({ kind, signal }) => kind !== 'microphone' || signal === 'ok');
  }
}
