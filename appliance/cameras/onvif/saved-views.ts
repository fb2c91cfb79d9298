import { CodedError } from '#kit/process/errors.ts';
import Type from 'typebox';
import type { KeptValues } from './logins.ts';
import type { Preset } from './ptz-status.ts';
import { SoapFault } from './soap.ts';

/** A camera's presets as the camera has them. */
export interface PresetMemory {
  presets(): Promise<Preset[]>;
  /** Answers the token under which it is kept; null where the camera does not say. */
  save(token: string | null, name: string): Promise<string | null>;
  recall(token: string): Promise<void>;
  clear(token: string): Promise<void>;
}

const OrNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
/** By the room's name for a view; without a token where the camera gave that one to another view. */
const Known = Type.Record(Type.String(), Type.Object({ token: OrNull(Type.String()), name: Type.String() }));
type Known = Type.Static<typeof Known>;

/**
 * The views that the room saved in an ONVIF camera. The camera makes up a token for each, and another one when the view is put back after
 * its memory was lost: names, scenes and resting places hold on to the room's own name for it. Views saved elsewhere go by the token.
 */
export class SavedViews {
  readonly #kept: KeptValues;
  readonly #key: string;
  #known: Known | null = null;
  #presets: readonly Preset[] = [];

  constructor(kept: KeptValues, camera: string) {
    this.#kept = kept;
    this.#key = `camera-views:${camera}`;
  }

  /** As last read. */
  list(): Preset[] {
    const known = Object.entries(this.#views);
    return this.#presets.flatMap(({ id: token, name }) => {
      const view = known.find(([, kept]) => kept.token === token)?.[0];
      if (view !== undefined) return [{ id: view, name }];
      // Its token is what the room calls another view: two of one name could not be told apart.
      return token in this.#views ? [] : [{ id: token, name }];
    });
  }

  async read(memory: PresetMemory): Promise<void> {
    this.#presets = await memory.presets();
  }

  /** @throws CodedError `camera_refused` where the camera has nothing under it */
  async recall(view: string, memory: PresetMemory): Promise<void> {
    await memory.recall(this.#tokenOf(view));
  }

  async save(view: string, name: string | undefined, memory: PresetMemory): Promise<void> {
    const called = name ?? this.#views[view]?.name ?? view;
    const before = this.#presets;
    const token = await this.#store(this.#tokenNow(view), called, memory);
    await this.read(memory);
    this.#learn(view, token ?? newcomer(before, this.#presets, called) ?? this.#tokenNow(view), called);
  }

  async clear(view: string, memory: PresetMemory): Promise<void> {
    await memory.clear(this.#tokenOf(view));
    const { [view]: _gone, ...others } = this.#views;
    this.#keep(others);
    await this.read(memory);
  }

  /** One that the camera forgot since it was last read is saved as a new one. */
  async #store(token: string | null, name: string, memory: PresetMemory): Promise<string | null> {
    try {
      return (await memory.save(token, name)) ?? token;
    } catch (error) {
      if (token === null || !(error instanceof SoapFault)) throw error;
      return await memory.save(null, name);
    }
  }

  #tokenOf(view: string): string {
    const token = view in this.#views ? this.#views[view]?.token : view;
    if (token == null) throw new CodedError('camera_refused', 'The camera does not have this view any more.', { status: 409 });
    return token;
  }

  /** Null where the camera does not have it. */
  #tokenNow(view: string): string | null {
    const token = view in this.#views ? this.#views[view]?.token : view;
    return this.#presets.some(({ id }) => id === token) ? (token ?? null) : null;
  }

  /** A camera whose memory was wiped counts from the beginning: a token belongs to the view that got it last. */
  #learn(view: string, token: string | null, name: string): void {
    const others = Object.entries(this.#views).map(([other, kept]) => [other, kept.token === token ? { ...kept, token: null } : kept] as const);
    this.#keep({ ...Object.fromEntries(others), [view]: { token, name } });
  }

  get #views(): Known {
    this.#known ??= this.#kept.get(this.#key, Known) ?? {};
    return this.#known;
  }

  #keep(known: Known): void {
    this.#known = known;
    this.#kept.set(this.#key, known);
  }
}

function newcomer(before: readonly Preset[], after: readonly Preset[], name: string): string | null {
  const fresh = after.filter(({ id }) => !before.some((known) => known.id === id));
  return (fresh.find((preset) => preset.name === name) ?? fresh[0])?.id ?? null;
}
