import type { TimetableClass } from '../contract/console.ts';
import type { Db } from './database.ts';

export interface Room {
  readonly room: string;
  readonly name: string;
  readonly alwaysOpen: boolean;
  /** Soonest first. */
  readonly timetable: readonly TimetableClass[];
}

export interface Rooms {
  get(room: string): Room | null;
  all(): readonly Room[];
  /** Null `alwaysOpen` keeps what the room has. */
  put(room: string, name: string, alwaysOpen: boolean | null): void;
  setTimetable(room: string, timetable: readonly TimetableClass[]): void;
  remove(room: string): void;
}

interface Row {
  readonly room: string;
  readonly name: string;
  readonly always_open: number;
  readonly timetable: string;
}

/** A school's timetables for a year are tens of megabytes, and are looked at every second: they are read where something changed. */
export function createRooms(db: Db): Rooms {
  const all = db.prepare<[], Row>('SELECT * FROM rooms ORDER BY room');
  const put = db.prepare(
    `INSERT INTO rooms (room, name, always_open) VALUES (@room, @name, coalesce(@open, 0))
     ON CONFLICT (room) DO UPDATE SET name = @name, always_open = coalesce(@open, always_open)`,
  );
  const setTimetable = db.prepare('UPDATE rooms SET timetable = ? WHERE room = ?');
  const remove = db.prepare('DELETE FROM rooms WHERE room = ?');
  let known: ReadonlyMap<string, Room> | null = null;
  const rooms = (): ReadonlyMap<string, Room> => (known ??= new Map(all.all().map((row) => [row.room, roomOf(row)])));
  const changing = (change: () => void): void => {
    known = null;
    change();
  };
  return {
    get: (room) => rooms().get(room) ?? null,
    all: () => [...rooms().values()],
    put: (room, name, alwaysOpen) => changing(() => put.run({ room, name, open: alwaysOpen === null ? null : Number(alwaysOpen) })),
    setTimetable: (room, timetable) => changing(() => setTimetable.run(JSON.stringify(timetable), room)),
    remove: (room) => changing(() => remove.run(room)),
  };
}

function roomOf({ room, name, always_open, timetable }: Row): Room {
  return { room, name, alwaysOpen: always_open === 1, timetable: JSON.parse(timetable) as TimetableClass[] };
}
