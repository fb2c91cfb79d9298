import Type, { type Static } from 'typebox';
import { reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import type { RoomConfig } from '#provisioning/contract/enrolment.ts';
import type { ScheduleState } from '../contract/schedule.ts';
import { ClassClock, isSane } from '../lesson/class-clock.ts';
import type { Classroom } from '../lesson/classroom.ts';
import type { LessonPolicy } from '../lesson/timekeeping.ts';
import { merged, type PlannedClass } from '../lesson/timetable.ts';
import { SqliteClassJournal } from '../store/class-journal.ts';
import type { Db } from '../store/database.ts';
import { SettingStore } from '../store/setting-store.ts';
import { ConsoleTimetable } from './console-timetable.ts';
import { CalendarFeed, KeptCalendar } from './ical/calendar-feed.ts';
import { zoneDay } from './ical/zoned-time.ts';
import { policyOf, type ScheduleConfig } from './schedule-config.ts';
import { scheduleView } from './schedule-view.ts';

export interface RoomScheduleParts {
  readonly config: ScheduleConfig;
  readonly leadMinutes: number | undefined;
  readonly db: Db;
  /** The console's timetable comes with the room. */
  readonly room: () => RoomConfig | null;
  readonly networkOffsetMs: () => number | null;
  /** The class's time as it was last written down; null where it never was. */
  readonly heartbeat: Heartbeat | null;
  /** Writes it down, elsewhere than on the thread that sends the class: a disk may take seconds. */
  readonly keepHeartbeat: (heartbeat: Heartbeat) => Promise<void>;
  readonly log: Log;
}

interface RoomTime {
  readonly nowMs: number;
  /** IANA name. */
  readonly timeZone: string;
}

export const Heartbeat = Type.Object({ atMs: Type.Number(), boot: Type.String(), uptimeMs: Type.Number() });
export type Heartbeat = Static<typeof Heartbeat>;
const HEARTBEAT_MS = 5_000;
const CALENDAR = 'calendar';
const REHEARSAL_MINUTES = 10;

/** What is planned in this room and the time it goes by: console and calendar as one timetable, kept over restarts. */
export class RoomSchedule {
  readonly policy: LessonPolicy;
  readonly clock: ClassClock;
  readonly journal: SqliteClassJournal;
  readonly #parts: RoomScheduleParts;
  readonly #settings: SettingStore;
  readonly #console: ConsoleTimetable;
  readonly #feed: CalendarFeed | null;
  readonly #zone: string;
  readonly #dayAt: ReturnType<typeof zoneDay>;
  #merged: { readonly room: RoomConfig | null; readonly calendar: readonly PlannedClass[]; readonly timetable: readonly PlannedClass[] };
  #beatAtMs = Number.NEGATIVE_INFINITY;
  #isBeating = false;

  constructor(parts: RoomScheduleParts) {
    const { config, db, networkOffsetMs, heartbeat, leadMinutes, log } = parts;
    this.#parts = parts;
    this.#settings = new SettingStore(db);
    this.#console = new ConsoleTimetable({ settings: this.#settings, log });
    this.policy = policyOf(config, leadMinutes);
    this.clock = new ClassClock({ heartbeat, networkOffsetMs });
    this.journal = new SqliteClassJournal(db, this.clock.nowMs(), config.ical);
    const roomZone = config.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    this.#zone = roomZone;
    this.#dayAt = zoneDay(roomZone);
    this.#feed = config.ical === undefined ? null : this.#feedOf(config.ical, roomZone);
    this.#merged = { room: null, calendar: [], timetable: [] };
  }

  /** How long before a class it is first rehearsed, ms; 0 for not at all. */
  get rehearsalMs(): number {
    return (this.#parts.config.rehearsalMinutes ?? REHEARSAL_MINUTES) * 60_000;
  }

  /** What a clock on the room's wall would show; null where the box woke up in 1970 and nobody told it the time yet. */
  get roomTime(): RoomTime | null {
    const nowMs = this.clock.nowMs();
    return isSane(nowMs) ? { nowMs, timeZone: this.#zone } : null;
  }

  timetable(): readonly PlannedClass[] {
    const room = this.#parts.room();
    const calendar = this.#feed?.classes ?? [];
    if (room !== this.#merged.room || calendar !== this.#merged.calendar) {
      this.#merged = { room, calendar, timetable: merged(this.#console.classes(room, this.clock.nowMs()), calendar) };
    }
    return this.#merged.timetable;
  }

  view(classroom: Pick<Classroom, 'stateOf' | 'next' | 'ending'>): ScheduleState {
    const nowMs = this.clock.nowMs();
    return scheduleView({
      nowMs,
      day: this.#dayAt(nowMs),
      source: this.#source(),
      fetchedAtMs: this.#feed?.fetchedAtMs ?? null,
      problem: this.#feed?.problem ?? '',
      timetable: this.timetable(),
      stateOf: (planned) => classroom.stateOf(planned),
      next: classroom.next(),
      startBy: this.policy.startBy,
      ending: classroom.ending(),
    });
  }

  /** Called a few times a second. */
  tick(classRuns: boolean): void {
    this.clock.look(classRuns);
    if (!classRuns || this.#isBeating || performance.now() - this.#beatAtMs < HEARTBEAT_MS) return;
    this.#beatAtMs = performance.now();
    this.#isBeating = true;
    void this.#beat().finally(() => (this.#isBeating = false));
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#feed?.run(signal);
  }

  async #beat(): Promise<void> {
    try {
      await this.#parts.keepHeartbeat(this.clock.heartbeat());
    } catch (thrown) {
      // A full disk: only a restart together with a set clock would notice.
      this.#parts.log.debug({ reason: reasonOf(thrown) }, 'the class’s time could not be written down');
    }
  }

  #source(): ScheduleState['source'] {
    const console = (this.#parts.room()?.timetable ?? []).length > 0;
    if (this.#feed === null) return console ? 'console' : 'none';
    return console ? 'both' : 'ical';
  }

  #feedOf(source: string, roomZone: string): CalendarFeed {
    const { config, log } = this.#parts;
    return new CalendarFeed({
      source,
      roomZone,
      location: config.icalLocation ?? '',
      cache: { load: () => this.#settings.get(CALENDAR, KeptCalendar), save: (kept) => this.#settings.set(CALENDAR, kept) },
      clock: this.clock,
      log,
    });
  }
}
