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
  all(): Room[];
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

export function createRooms(db: Db): Rooms {
  const get = db.prepare<[string], Row>('SELECT * FROM rooms WHERE room = ?');
  const all = db.prepare<[], Row>('SELECT * FROM rooms ORDER BY room');
  const put = db.prepare(
    `INSERT INTO rooms (room, name, always_open) VALUES (@room, @name, coalesce(@open, 0))
     ON CONFLICT (room) DO UPDATE SET name = @name, always_open = coalesce(@open, always_open)`,
  );
  const setTimetable = db.prepare('UPDATE rooms SET timetable = ? WHERE room = ?');
  const remove = db.prepare('DELETE FROM rooms WHERE room = ?');
  return {
    get(room) {
      const row = get.get(room);
      return row ? roomOf(row) : null;
    },
    all: () => all.all().map(roomOf),
    put: (room, name, alwaysOpen) => void put.run({ room, name, open: alwaysOpen === null ? null : Number(alwaysOpen) }),
    setTimetable: (room, timetable) => void setTimetable.run(JSON.stringify(timetable), room),
    remove: (room) => void remove.run(room),
  };
}

function roomOf({ room, name, always_open, timetable }: Row): Room {
  return { room, name, alwaysOpen: always_open === 1, timetable: JSON.parse(timetable) as TimetableClass[] };
}
