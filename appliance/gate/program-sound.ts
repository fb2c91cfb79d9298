import type { SoundRequest, SoundSetting, SoundState } from '#appliance/contract/sound.ts';
import { SILENCE_DBFS } from '#kit/media/pcm.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { FromGate, ToGate } from './protocol.ts';
import { ALL_WELL, type Moment, next, type SoundFacts, type SoundWatch } from './sound/sound-alarms.ts';

export interface SoundSource {
  readonly id: string;
  readonly name: string;
  readonly backup: boolean;
  readonly delayMs: number;
}

/** What people set, by source: the rest of a source is as it was configured. */
export type SoundSettings = Readonly<Record<string, SoundRequest>>;
type Levels = Extract<FromGate, { type: 'levels' }>;
type Report = Pick<Extract<FromGate, { type: 'report' }>, 'sound' | 'sources'>;

const SILENT: Levels = { type: 'levels', sources: {}, program: SILENCE_DBFS, peaks: {}, programPeak: SILENCE_DBFS };
const NOTHING: Report = { sources: [], sound: { loudnessLufs: -70, truePeakDbtp: SILENCE_DBFS, gainDb: 0, captured: false, onAir: [], failed: [] } };
/** As the sources' verdict has it. */
const CLIP_DBFS = -0.1;
/** Of a source that gives sound: the newest is younger. */
const COMES_MS = 1_000;

/** What the room knows of its sound: what a person set, and what the gate hears. */
export class ProgramSound {
  readonly #sources: readonly SoundSource[];
  #settings: Readonly<Record<string, SoundSetting>>;
  #levels = SILENT;
  #report = NOTHING;
  #watch: SoundWatch = ALL_WELL;
  #classId: string | null = null;

  constructor(sources: readonly SoundSource[]) {
    this.#sources = sources;
    this.#settings = Object.fromEntries(sources.map((source) => [source.id, configured(source)]));
  }

  /** Only what differs from the configuration: remembered with the rest, a configured delay would outlive every change of it. */
  get settings(): SoundSettings {
    const set = this.#sources.map((source) => [source.id, differing(this.#settingOf(source.id), configured(source))] as const);
    return Object.fromEntries(set.filter(([, request]) => Object.keys(request).length > 0));
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

  heardLevels(levels: Levels): void {
    this.#levels = levels;
  }

  /** The class that runs, or null: from its start on somebody is to be heard. */
  follow(classId: string | null): void {
    this.#classId = classId;
  }

  /** `expected`: the microphones are open, and nobody muted or paused the program. */
  heardReport(report: Report, expected: boolean, now: Moment): void {
    this.#report = report;
    this.#watch = next(this.#watch, this.#factsOf(report, expected), { nameOf: (id) => this.#sources.find((source) => source.id === id)?.name ?? id }, now);
  }

  /** The gate is down. */
  forget(): void {
    this.#levels = SILENT;
    this.#report = NOTHING;
  }

  state(): SoundState {
    const { sources, program, programPeak } = this.#levels;
    const { sound, sources: reports } = this.#report;
    return {
      program: { levelDbfs: program, peakDbfs: programPeak, loudnessLufs: sound.loudnessLufs, truePeakDbtp: sound.truePeakDbtp, gainDb: sound.gainDb },
      sources: this.#sources.map(({ id, backup }) => {
        const report = reports.find((candidate) => candidate.id === id);
        return {
          id, ...this.#settingOf(id), backup, onAir: sound.onAir.includes(id), levelDbfs: sources[id] ?? SILENCE_DBFS,
          peakDbfs: report?.peakDbfs ?? SILENCE_DBFS, driftPpm: rounded(report?.driftPpm ?? null),
        };
      }),
      alarms: [...this.#watch.alarms],
    };
  }

  /** A source that a person muted is neither missed nor too loud. */
  #factsOf({ sound, sources }: Report, expected: boolean): SoundFacts {
    const heard = sources.filter(({ id }) => sound.onAir.includes(id) && !this.#settingOf(id).muted);
    return {
      captured: sound.captured,
      expected: expected && this.#sources.some(({ id }) => !this.#settingOf(id).muted),
      classId: this.#classId,
      levelDbfs: Math.max(SILENCE_DBFS, ...heard.map(({ levelDbfs }) => levelDbfs)),
      clipping: heard.filter(({ peakDbfs }) => peakDbfs >= CLIP_DBFS).map(({ id }) => id),
      failed: sound.failed,
      hasOthers: heard.some(({ id, ageMs }) => !sound.failed.includes(id) && ageMs !== null && ageMs < COMES_MS),
      backups: this.#sources.filter(({ id, backup }) => backup && sound.onAir.includes(id)).map(({ id }) => id),
    };
  }

  #settingOf(id: string): SoundSetting {
    return this.#settings[id] ?? { gainDb: 0, delayMs: 0, muted: false };
  }
}

const configured = ({ delayMs }: SoundSource): SoundSetting => ({ gainDb: 0, delayMs, muted: false });

function differing({ gainDb, delayMs, muted }: SoundSetting, from: SoundSetting): SoundRequest {
  return {
    ...(gainDb === from.gainDb ? {} : { gainDb }),
    ...(delayMs === from.delayMs ? {} : { delayMs }),
    ...(muted === from.muted ? {} : { muted }),
  };
}

function rounded(ppm: number | null): number | null {
  return ppm === null ? null : Math.round(ppm);
}
