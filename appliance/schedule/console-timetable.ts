import Type, { type Static } from 'typebox';
import { reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import type { RoomConfig } from '#provisioning/contract/enrolment.ts';
import { type PlannedClass, withOver } from '../lesson/timetable.ts';
import { plannedClasses } from '../state/room-view.ts';
import type { SettingStore } from '../store/setting-store.ts';

const Planned = Type.Object({ id: Type.String(), title: Type.String(), teacher: Type.String(), startsAtMs: Type.Number(), endsAtMs: Type.Number() });
const Known = Type.Object({ room: Type.String(), classes: Type.Array(Planned) });
type Known = Static<typeof Known>;
const OVER = 'timetable-over';

export interface ConsoleTimetableParts {
  readonly settings: Pick<SettingStore, 'get' | 'set'>;
  readonly log: Log;
}

/**
 * What the console planned for this room. Campus tells what is still to come and leaves a class out as soon as it is over: it is kept here
 * for a day, over restarts, or nobody would see that it was missed.
 */
export class ConsoleTimetable {
  readonly #parts: ConsoleTimetableParts;
  #known: Known;
  /** What is on disk of it. */
  #kept: Known;

  constructor(parts: ConsoleTimetableParts) {
    this.#parts = parts;
    this.#kept = parts.settings.get(OVER, Known) ?? { room: '', classes: [] };
    this.#known = this.#kept;
  }

  /** With each word from campus, and now and then. */
  classes(told: RoomConfig | null, nowMs: number): readonly PlannedClass[] {
    if (told === null) return [];
    const { room } = told;
    // A box that was moved brings no classes of the other room along.
    const classes = withOver(this.#known.room === room ? this.#known.classes : [], plannedClasses(told), nowMs);
    this.#known = { room, classes };
    this.#keep({ room, classes: classes.filter(({ id }) => told.timetable.every((one) => one.id !== id)) });
    return classes;
  }

  #keep(over: Known): void {
    if (JSON.stringify(over) === JSON.stringify(this.#kept)) return;
    this.#kept = over;
    try {
      this.#parts.settings.set(OVER, over);
    } catch (thrown) {
      this.#parts.log.debug({ reason: reasonOf(thrown) }, 'the classes that are over could not be written down; a restart would forget them');
    }
  }
}
