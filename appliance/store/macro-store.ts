import Type from 'typebox';
import { Macro } from '../contract/macros.ts';
import type { Db } from './database.ts';
import { SettingStore } from './setting-store.ts';

const Macros = Type.Array(Macro);

/** The room's macros: as somebody changed them, else as they were set up. */
export class MacroStore {
  readonly #store: SettingStore;
  readonly #installed: readonly Macro[];

  constructor(db: Db, installed: readonly Macro[]) {
    this.#store = new SettingStore(db);
    this.#installed = installed;
  }

  macros(): readonly Macro[] {
    return this.#store.get('macros', Macros) ?? this.#installed;
  }

  setMacros(macros: readonly Macro[]): void {
    this.#store.set('macros', macros);
  }
}
