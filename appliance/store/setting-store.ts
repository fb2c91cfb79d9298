import type { Static, TSchema } from 'typebox';
import Value from 'typebox/value';
import type { Db } from './database.ts';

/** Named JSON values, checked on the way out: one that no longer fits its schema counts as never set. */
export class SettingStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  get<T extends TSchema>(name: string, schema: T): Static<T> | null {
    const row = this.#db.prepare<[string], { value: string }>('SELECT value FROM setting WHERE name = ?').get(name);
    const value: unknown = row === undefined ? null : JSON.parse(row.value);
    return Value.Check(schema, value) ? value : null;
  }

  set(name: string, value: unknown): void {
    this.#db
      .prepare('INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value')
      .run(name, JSON.stringify(value));
  }
}
