import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CustomLayout, Inset, LayoutId, LayoutRequest, LayoutSummary } from '#appliance/contract/layout.ts';
import type { SoundRequest, SoundState } from '#appliance/contract/sound.ts';
import type { EncoderState, SourceState } from '#appliance/contract/state.ts';
import type { Log } from '#kit/process/log.ts';
import { supervise } from '#kit/process/supervisor.ts';
import { untilOneEnds } from '#kit/process/until-one-ends.ts';
import { PacketBus } from '../bus/packet-bus.ts';
import { type GateNews, GateProcess } from '../gate/gate-process.ts';
import { ProgramSound, type SoundSettings, type SoundSource } from '../gate/program-sound.ts';
import type { FromGate, ToGate, Words } from '../gate/protocol.ts';
import type { OpenCapture, ResolveAddress } from '../sources/capture-source.ts';
import { isPicture, type SourceConfig } from '../sources/source-config.ts';
import type { SourceTrack } from '../sources/source-track.ts';
import { LayoutOnAir } from './layout-on-air.ts';
import { ProgramClock } from './program-clock.ts';
import { type ProgramConfig, ProgramEncoder } from './program-encoder.ts';
import { RoomSources } from './room-sources.ts';

export type { ProgramConfig } from './program-encoder.ts';

export interface PipelineConfig {
  readonly program: ProgramConfig;
  readonly sources: readonly SourceConfig[];
  /** Encoders to try, in order. */
  readonly encoders: readonly string[];
  /** Sockets and cards; made if absent. */
  readonly runDir: string;
  /** Backgrounds and logos of the room's own layouts. */
  readonly imagesDir?: string;
  /** How what a laptop shares is captured; without it a `share:` source stays absent. */
  readonly openShare?: OpenCapture;
  /** Where `onvif:` sources are; without it they stay absent. */
  readonly resolveAddress?: ResolveAddress;
}

export interface PipelineSnapshot {
  readonly sources: SourceState[];
  readonly encoder: EncoderState;
  /** dBFS over the last 100 ms, by source and of the program. */
  readonly levels: Levels;
  /** When what frame 0 of the running program shows was in the room, microseconds since 1970; null while the gate is down. */
  readonly gateEpochUs: number | null;
  readonly layout: LayoutId;
  readonly layouts: LayoutSummary[];
  readonly inset: Inset;
  readonly muted: boolean;
  readonly sound: SoundState;
  readonly soundSettings: SoundSettings;
  readonly load: GateLoad;
}

/** How the gate keeps up; totals are since it started. */
export interface GateLoad {
  readonly lateMs: number;
  readonly droppedFrames: number;
  readonly droppedSamples: number;
  /** Pictures that wait for the encoder. */
  readonly waitingFrames: number;
}

const NO_LOAD: GateLoad = { lateMs: 0, droppedFrames: 0, droppedSamples: 0, waitingFrames: 0 };

export type Levels = Omit<Extract<FromGate, { type: 'levels' }>, 'type'>;

type Report = Extract<FromGate, { type: 'report' }>;

/** From the room's sources to packets on the bus. Runs from the box's start to its end; a class only attaches sinks. */
export class Pipeline {
  readonly bus: PacketBus;
  readonly #config: PipelineConfig;
  readonly #log: Log;
  readonly #gate = new GateProcess();
  readonly #sources: RoomSources;
  readonly #encoder: ProgramEncoder;
  readonly #levelListeners = new Set<(levels: Levels) => void>();
  readonly #sound: ProgramSound;
  readonly #clock = new ProgramClock();
  readonly #layout: LayoutOnAir;
  #load = NO_LOAD;
  #words: Words = { language: 'en', course: '', teacher: '', date: '' };
  #muted = false;
  #paused = false;

  constructor(config: PipelineConfig, log: Log) {
    this.#config = config;
    this.#log = log;
    this.bus = new PacketBus(log);
    const tellGate = (message: ToGate): void => this.#gate.send(message);
    this.#sources = new RoomSources({ ...config, tellGate, wallUs: (us) => this.#clock.wallUs(us), log });
    this.#layout = new LayoutOnAir({ program: config.program, sources: () => this.#sources.snapshot(), tellGate });
    this.#sound = new ProgramSound(config.sources.filter((source) => !isPicture(source)).map(soundSourceOf));
    this.#encoder = new ProgramEncoder(config.program, config.encoders, this.#sockets(), this.bus, log);
  }

  /** Resolves when the signal aborts and every process is gone. */
  async run(signal: AbortSignal): Promise<void> {
    // What passes through the sockets is the room itself.
    mkdirSync(this.#config.runDir, { recursive: true, mode: 0o700 });
    await supervise('program', (scope) => this.#runProgram(scope), { signal, log: this.#log, maxDelayMs: 1_000 });
  }

  /** The switch is one frame, on air within 40 ms. */
  setLayout(request: LayoutRequest): void {
    this.#layout.choose(request);
  }

  /** The room's own layouts, beside the built-in ones. */
  setCustomLayouts(custom: readonly CustomLayout[]): void {
    this.#layout.setCustom(custom);
  }

  /** What cards and lower thirds say from now on. */
  setWords(words: Words): void {
    if (JSON.stringify(words) === JSON.stringify(this.#words)) return;
    this.#words = words;
    this.#gate.send({ type: 'words', words });
  }

  /** One source's gain, delay and mute. */
  setSound(source: string, request: SoundRequest): void {
    this.#sound.set(source, request);
    this.#sendSound();
  }

  /** Silences the program, in stream and recording. */
  setMuted(muted: boolean): void {
    this.#muted = muted;
    this.#sendSound();
  }

  /** Holds the program: a card and silence go out, and the timestamps run on. */
  setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#gate.send({ type: 'paused', paused });
  }

  /** Privacy: microphones are open only while this is on. Off at the start. */
  setSoundCapture(on: boolean): void {
    if (on) this.#takeWallTime();
    this.#sources.setSoundCapture(on);
    this.#encoder.setBetweenClasses(!on);
    this.#gate.send({ type: 'steady', steady: on });
  }

  /** The class that runs, or null: silence alarms count from its start, not from the opening of the microphones. */
  followClass(classId: string | null): void {
    this.#sound.follow(classId);
  }

  /** Sources that are recorded by themselves, each with a bus of its own: constant for the life of the box. */
  tracks(): readonly SourceTrack[] {
    return this.#sources.tracks();
  }

  /** The program's time now, microseconds since 1970: what is captured at this instant carries it. Null while no program runs. */
  get nowUs(): number | null {
    return this.#clock.nowUs;
  }

  /** A source's present picture, raw at the program's size, into a file; false where it has none. */
  savePicture(id: string, file: string): Promise<boolean> {
    return this.#gate.savePicture(id, file);
  }

  /** Ten times a second at least. Returns the unsubscribe. */
  on(_event: 'levels', listener: (levels: Levels) => void): () => void {
    this.#levelListeners.add(listener);
    return () => void this.#levelListeners.delete(listener);
  }

  /** What is on air, of what there is. */
  get picture(): Pick<PipelineSnapshot, 'layout' | 'layouts'> {
    return this.#layout.picture;
  }

  snapshot(): PipelineSnapshot {
    return {
      sources: this.#sources.snapshot(),
      encoder: this.#encoder.snapshot(),
      levels: this.#sound.levels,
      gateEpochUs: this.#clock.epochUs,
      ...this.picture,
      inset: this.#layout.inset,
      muted: this.#muted,
      sound: this.#sound.state(),
      soundSettings: this.#sound.settings,
      load: this.#load,
    };
  }

  /** The gate and all that hangs on it live and die together: a new gate has a new epoch. */
  async #runProgram(signal: AbortSignal): Promise<void> {
    let announce: (epochUs: number) => void = () => undefined;
    const ready = new Promise<number>((resolve) => {
      announce = resolve;
    });
    const onMessage = (message: GateNews): void => {
      if (message.type === 'ready') announce(message.epochUs);
      else this.#heard(message);
    };
    try {
      await untilOneEnds(signal, [
        (scope) => this.#gate.run({ begin: this.#begin(), onMessage }, scope),
        async (scope) => {
          const prepared = this.#encoder.prepare(scope);
          await this.#runAround(await ready, scope);
          await prepared;
        },
      ]);
    } finally {
      this.#clock.end();
      this.#sound.forget();
      this.#sources.unmeasured();
    }
  }

  async #runAround(epochUs: number, signal: AbortSignal): Promise<void> {
    this.#clock.begin(epochUs, this.#sources.hasSoundCapture);
    this.#sendSound();
    this.#layout.prepare();
    this.#gate.send({ type: 'paused', paused: this.#paused });
    this.#gate.send({ type: 'steady', steady: this.#sources.hasSoundCapture });
    this.#sources.introduce();
    await Promise.all([this.#sources.run(signal), this.#encoder.run(this.#clock.epochUs ?? epochUs, signal)]);
  }

  /**
   * Between classes, before anything is recorded: a box that booted with a wrong clock has been set right since. During a class the
   * program's time never jumps.
   */
  #takeWallTime(): void {
    if (this.#sources.hasSoundCapture) return;
    const stepMs = this.#clock.takeWallTime();
    if (stepMs === 0) return;
    this.#log.info({ stepMs }, 'the clock was set since the program began: the program takes the new time');
    this.#takeNewEpoch();
  }

  #takeNewEpoch(): void {
    if (this.#clock.epochUs === null) return;
    this.bus.cache.clear();
    this.#encoder.setEpoch(this.#clock.epochUs);
  }

  #heard(message: Exclude<GateNews, { type: 'ready' }>): void {
    if (message.type === 'placed') this.#encoder.placed(message.stream, message.connection, message.position, message.index);
    if (message.type === 'levels') this.#heardLevels(message);
    if (message.type === 'report') this.#heardReport(message);
  }

  #heardLevels(levels: Extract<FromGate, { type: 'levels' }>): void {
    this.#sound.heardLevels(levels);
    for (const listener of this.#levelListeners) listener(levels);
  }

  #heardReport(report: Report): void {
    const { lateMs, droppedFrames, droppedSamples, waitingFrames } = report;
    this.#load = { lateMs, droppedFrames, droppedSamples, waitingFrames };
    const isCaptured = this.#sources.hasSoundCapture;
    this.#sources.heard(report.sources);
    this.#sound.heardReport(report, isCaptured && !this.#muted && !this.#paused, { atMs: performance.now(), wallMs: Date.now() });
    if (!isCaptured && this.#clock.takeAge(report.programMs)) this.#takeNewEpoch();
    // A source's size or signal may have changed what the layout has to show.
    this.#layout.show();
    this.#encoder.heardDrops(report.droppedFrames, report.droppedSamples);
  }

  #begin(): Extract<ToGate, { type: 'begin' }> {
    const { width, height, fps } = this.#config.program;
    const { video, audio } = this.#sockets();
    return {
      type: 'begin', program: { width, height, fps }, sources: this.#sources.forGate(),
      videoSocket: video, audioSocket: audio, layout: this.#layout.begin(), words: this.#words, imagesDir: this.#config.imagesDir ?? '',
    };
  }

  #sendSound(): void {
    this.#gate.send(this.#sound.forGate(this.#muted));
  }

  #sockets(): { video: string; audio: string } {
    return { video: join(this.#config.runDir, 'program-video.sock'), audio: join(this.#config.runDir, 'program-audio.sock') };
  }
}

function soundSourceOf({ id, name, backup, delayMs }: SourceConfig): SoundSource {
  return { id, name, backup: backup ?? false, delayMs: delayMs ?? 0 };
}
