import Type from 'typebox';
import Value from 'typebox/value';
import { IDLE, type Lesson } from '../lesson/lesson.ts';
import type { LessonStore } from '../lesson/ports.ts';
import type { Db } from './database.ts';

const OrNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Facts = Type.Object({
  id: Type.String(),
  recordingId: Type.String(),
  timetableId: OrNull(Type.String()),
  room: Type.String(),
  title: Type.String(),
  teacher: Type.String(),
  startedAtMs: Type.Number(),
  endsAtMs: OrNull(Type.Number()),
  extended: Type.Optional(Type.Literal(true)),
  planned: Type.Optional(Type.Object({ startsAtMs: Type.Number(), endsAtMs: Type.Number() })),
});
const Kept = Type.Object({
  lesson: Type.Union([
    Type.Object({ phase: Type.Literal('idle') }),
    Type.Object({
      phase: Type.Enum(['preparing', 'live', 'paused', 'ending']),
      facts: Facts,
    }),
  ]),
});

/** The running class as one row, written at each transition. */
export class SqliteLessonStore implements LessonStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** A row that no longer reads as a class (an older version's) counts as none: the recordings folder still has its media. */
  load(): Lesson {
    const row = this.#db.prepare<[], { kept: string }>('SELECT kept FROM lesson_now').get();
    const kept: unknown = row === undefined ? null : JSON.parse(row.kept);
    return Value.Check(Kept, kept) ? kept.lesson : IDLE;
  }

  save(lesson: Lesson): void {
    this.#db.prepare('INSERT INTO lesson_now VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET kept = excluded.kept').run(JSON.stringify({ lesson }));
  }
}
