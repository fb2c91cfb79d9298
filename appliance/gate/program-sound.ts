import type { SoundRequest, SoundSetting, SoundState } from '#appliance/contract/sound.ts';
import { SILENCE_DBFS } from '#kit/media/pcm.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { FromGate, ToGate } from './protocol.ts';

export interface SoundSource {
  readonly id: string;
  readonly backup: boolean;
  readonly delayMs: number;
}

export type SoundSettings = Readonly<Record<string, SoundSetting>>;
type Levels = Extract<FromGate, { type: 'levels' }>;

const SILENT: Levels = { type: 'levels', sources: {}, program: SILENCE_DBFS, peaks: {}, programPeak: SILENCE_DBFS };

/** What the room knows of its sound: what a person set, and what the gate hears. */
export class ProgramSound {
  readonly #sources: readonly SoundSource[];
  #settings: SoundSettings;
  #levels = SILENT;

  constructor(sources: readonly SoundSource[]) {
    this.#sources = sources;
    this.#settings = Object.fromEntries(sources.map(({ id, delayMs }) => [id, { gainDb: 0, delayMs, muted: false }]));
  }

  get settings(): SoundSettings {
    return this.#settings;
  }

  get levels(): Levels {
    return this.#levels;
  }

  /** @throws CodedError `unknown_source` */
  set(id: string, request: SoundRequest): void {
    const before = this.#settings[id];
    if (before === undefined) throw new CodedError('unknown_source', `This room has no sound from ${id}.`, { status: 404 });
    this.#settings = { ...this.#settings, [id]: { ...before, ...request } };
  }

  forGate(muted: boolean): Extract<ToGate, { type: 'sound' }> {
    return { type: 'sound', muted, sources: this.#sources.map(({ id }) => ({ id, ...this.#settingOf(id) })) };
  }

  heard(levels: Levels): void {
    this.#levels = levels;
  }

  /** The gate is down. */
  forget(): void {
    this.#levels = SILENT;
  }

  state(): SoundState {
    const { sources, program, peaks, programPeak } = this.#levels;
    return {
      program: { levelDbfs: program, peakDbfs: programPeak, loudnessLufs: -70, truePeakDbtp: programPeak, gainDb: 0 },
      sources: this.#sources.map(({ id, backup }) => ({
        id, ...this.#settingOf(id), backup, onAir: !backup,
        levelDbfs: sources[id] ?? SILENCE_DBFS, peakDbfs: peaks[id] ?? SILENCE_DBFS, driftPpm: null,
      })),
      alarms: [],
    };
  }

  #settingOf(id: string): SoundSetting {
    return this.#settings[id] ?? { gainDb: 0, delayMs: 0, muted: false };
  }
}
