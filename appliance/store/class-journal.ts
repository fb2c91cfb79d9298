import { diskRefuses } from '#kit/process/database.ts';
import Type from 'typebox';
import type { ClassJournal } from '../lesson/ports.ts';
import type { PlannedClass } from '../lesson/timetable.ts';
import type { Db } from './database.ts';
import { SettingStore } from './setting-store.ts';

const KEPT_MS = 60 * 86_400_000;
const KNOWN_SINCE = 'timetable-known-since';

/** What became of the planned classes of the last two months. Read once, kept in memory: it is asked several times a second. */
export class SqliteClassJournal implements ClassJournal {
  readonly #db: Db;
  readonly #outcomes: Map<string, 'held' | 'missed'>;
  readonly knownSinceMs: number;

  constructor(db: Db, nowMs: number) {
    this.#db = db;
    ifDiskLets(() => db.prepare('DELETE FROM class_outcome WHERE at_ms < ?').run(nowMs - KEPT_MS));
    const rows = db.prepare<[], { planned: string; starts_at_ms: number; outcome: 'held' | 'missed' }>('SELECT planned, starts_at_ms, outcome FROM class_outcome').all();
    this.#outcomes = new Map(rows.map((row) => [keyOf(row.planned, row.starts_at_ms), row.outcome]));
    this.knownSinceMs = firstSeen(new SettingStore(db), nowMs);
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

function firstSeen(settings: SettingStore, nowMs: number): number {
  const known = settings.get(KNOWN_SINCE, Type.Number());
  if (known === null) ifDiskLets(() => settings.set(KNOWN_SINCE, nowMs));
  return known ?? nowMs;
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
