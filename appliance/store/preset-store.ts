import type { Db } from './database.ts';

export interface PresetName {
  readonly id: string;
  readonly name: string;
}

/** The names that teachers gave to camera presets; the positions themselves live in the camera. */
export class PresetStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  list(camera: string): PresetName[] {
    return this.#db
      .prepare<[string], PresetName>('SELECT preset AS id, name FROM preset WHERE camera = ? ORDER BY CAST(preset AS INTEGER)')
      .all(camera);
  }

  name(camera: string, preset: string, name: string): void {
    this.#db
      .prepare('INSERT INTO preset VALUES (?, ?, ?) ON CONFLICT (camera, preset) DO UPDATE SET name = excluded.name')
      .run(camera, preset, name);
  }
}
