import { diskRefuses } from '#kit/process/database.ts';
import Type from 'typebox';
import type { ClassJournal } from '../lesson/ports.ts';
import type { PlannedClass } from '../lesson/timetable.ts';
import type { Db } from './database.ts';
import { SettingStore } from './setting-store.ts';

const KEPT_MS = 60 * 86_400_000;
const Known = Type.Object({ sinceMs: Type.Number(), calendar: Type.String() });
const KNOWN = 'timetable-known';
/** As older versions kept it, without the calendar. */
const KNOWN_SINCE = 'timetable-known-since';

/** What became of the planned classes of the last two months. Read once, kept in memory: it is asked several times a second. */
export class SqliteClassJournal implements ClassJournal {
  readonly #db: Db;
  readonly #outcomes: Map<string, 'held' | 'missed'>;
  readonly knownSinceMs: number;

  /** @param calendar the room's beside the console's; empty without one */
  constructor(db: Db, nowMs: number, calendar = '') {
    this.#db = db;
    ifDiskLets(() => db.prepare('DELETE FROM class_outcome WHERE at_ms < ?').run(nowMs - KEPT_MS));
    const rows = db.prepare<[], { planned: string; starts_at_ms: number; outcome: 'held' | 'missed' }>('SELECT planned, starts_at_ms, outcome FROM class_outcome').all();
    this.#outcomes = new Map(rows.map((row) => [keyOf(row.planned, row.starts_at_ms), row.outcome]));
    this.knownSinceMs = knownSince(new SettingStore(db), calendar, nowMs);
  }

  outcomeOf({ id, startsAtMs }: PlannedClass): 'held' | 'missed' | null {
    return this.#outcomes.get(keyOf(id, startsAtMs)) ?? null;
  }

  note({ id, startsAtMs, title }: PlannedClass, outcome: 'held' | 'missed', atMs: number): void {
    // In memory first: a full disk must not make a class begin twice.
    this.#outcomes.set(keyOf(id, startsAtMs), outcome);
    this.#db
      .prepare('INSERT INTO class_outcome VALUES (?, ?, ?, ?, ?) ON CONFLICT (planned, starts_at_ms) DO UPDATE SET outcome = excluded.outcome, at_ms = excluded.at_ms')
      .run(id, Math.round(startsAtMs), outcome, title, Math.round(atMs));
  }
}

/** What another calendar says of yesterday nobody of this room has missed. */
function knownSince(settings: SettingStore, calendar: string, nowMs: number): number {
  const known = settings.get(KNOWN, Known);
  if (known?.calendar === calendar) return known.sinceMs;
  const sinceMs = (known === null && calendar === '' ? settings.get(KNOWN_SINCE, Type.Number()) : null) ?? nowMs;
  ifDiskLets(() => settings.set(KNOWN, { sinceMs, calendar }));
  return sinceMs;
}

/** A full disk must not keep the box from starting. */
function ifDiskLets(write: () => void): void {
  try {
    write();
  } catch (thrown) {
    // Done at the next start: nothing before that depends on it.
    if (!diskRefuses(thrown)) throw thrown;
  }
}

const keyOf = (id: string, startsAtMs: number): string => `${id}@${Math.round(startsAtMs)}`;
