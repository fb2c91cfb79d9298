import type { Course, RoomRecord } from '../access/model.ts';
import type { CatalogueStore } from '../access/ports.ts';
import { type Db, writing } from './database.ts';

interface RoomRow {
  readonly room: string;
  readonly name: string;
  readonly always_open: number;
}

export interface CourseRow {
  readonly course: string;
  readonly room: string;
  readonly title: string;
  readonly teacher: string;
  readonly description: string;
  readonly starts_at_ms: number | null;
  readonly ends_at_ms: number | null;
  readonly price_cents: number;
  readonly currency: string;
  readonly buy_url: string;
}

/** Rooms and the courses held in them. What a room holds is read once: whoever watches is looked up every other second, and a room's old courses are many. */
export function sqliteCatalogue(db: Db): CatalogueStore {
  const putRoom = db.prepare(
    `INSERT INTO rooms VALUES (@room, @name, @alwaysOpen) ON CONFLICT(room) DO UPDATE SET name = excluded.name, always_open = excluded.always_open
     WHERE (name, always_open) IS NOT (excluded.name, excluded.always_open)`,
  );
  const putCourse = db.prepare(
    `INSERT INTO courses VALUES (@course, @room, @title, @teacher, @description, @startsAtMs, @endsAtMs, @priceCents, @currency, @buyUrl)
     ON CONFLICT(course) DO UPDATE SET room = excluded.room, title = excluded.title, teacher = excluded.teacher,
       description = excluded.description, starts_at_ms = excluded.starts_at_ms, ends_at_ms = excluded.ends_at_ms,
       price_cents = excluded.price_cents, currency = excluded.currency, buy_url = excluded.buy_url
     WHERE (room, title, teacher, description, starts_at_ms, ends_at_ms, price_cents, currency, buy_url) IS NOT (excluded.room, excluded.title,
       excluded.teacher, excluded.description, excluded.starts_at_ms, excluded.ends_at_ms, excluded.price_cents, excluded.currency, excluded.buy_url)`,
  );
  const room = db.prepare<[string], RoomRow>('SELECT * FROM rooms WHERE room = ?');
  const course = db.prepare<[string], CourseRow>('SELECT * FROM courses WHERE course = ?');
  const notOverBy = db.prepare<[number], CourseRow>('SELECT * FROM courses WHERE ends_at_ms IS NULL OR ends_at_ms > ? ORDER BY starts_at_ms NULLS LAST, course');
  const roomCourses = db.prepare<[string], CourseRow>('SELECT * FROM courses WHERE room = ? ORDER BY starts_at_ms NULLS LAST, course');
  const read = new Map<string, readonly Course[]>();
  return {
    putRoom: (record) => writing(() => putRoom.run({ ...record, alwaysOpen: record.alwaysOpen ? 1 : 0 }).changes > 0),
    putCourse: (record) => {
      const changed = writing(() => putCourse.run(record).changes > 0);
      // It may have been another room's before.
      if (changed) read.clear();
      return changed;
    },
    room: (name) => mapped(room.get(name), roomOf),
    course: (id) => mapped(course.get(id), courseOf),
    courses: (name) => {
      const courses = read.get(name) ?? roomCourses.all(name).map(courseOf);
      read.set(name, courses);
      return courses;
    },
    notOverBy: (ms) => notOverBy.all(ms).map(courseOf),
  };
}

export function courseOf(row: CourseRow): Course {
  const { course, room, title, teacher, description, currency } = row;
  const times = { startsAtMs: row.starts_at_ms, endsAtMs: row.ends_at_ms };
  return { course, room, title, teacher, description, ...times, priceCents: row.price_cents, currency, buyUrl: row.buy_url };
}

function roomOf(row: RoomRow): RoomRecord {
  return { room: row.room, name: row.name, alwaysOpen: row.always_open === 1 };
}

function mapped<Row, T>(row: Row | undefined, map: (row: Row) => T): T | null {
  return row === undefined ? null : map(row);
}
