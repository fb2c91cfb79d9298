import type { Static, TSchema } from 'typebox';
import Value from 'typebox/value';
import type { Db } from './database.ts';

/**
 * Named JSON values, checked on the way out: one that no longer fits its schema counts as never set. Each is read from the disk once,
 * because some are asked for many times a second; so a name belongs to one store.
 */
export class SettingStore {
  readonly #db: Db;
  readonly #known = new Map<string, unknown>();

  constructor(db: Db) {
    this.#db = db;
  }

  get<T extends TSchema>(name: string, schema: T): Static<T> | null {
    if (!this.#known.has(name)) this.#known.set(name, this.#read(name, schema));
    return this.#known.get(name) as Static<T> | null;
  }

  set(name: string, value: unknown): void {
    this.#db
      .prepare('INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value')
      .run(name, JSON.stringify(value));
    this.#known.delete(name);
  }

  #read(name: string, schema: TSchema): unknown {
    const row = this.#db.prepare<[string], { value: string }>('SELECT value FROM setting WHERE name = ?').get(name);
    const value: unknown = row === undefined ? null : JSON.parse(row.value);
    return Value.Check(schema, value) ? value : null;
  }
}
