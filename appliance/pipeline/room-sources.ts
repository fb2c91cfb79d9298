import { join } from 'node:path';
import type { SourceState } from '#appliance/contract/state.ts';
import type { Log } from '#kit/process/log.ts';
import { sleep, supervise } from '#kit/process/supervisor.ts';
import { PacketBus } from '../bus/packet-bus.ts';
import { lookSocketOf } from '../gate/look-protocol.ts';
import type { GateReport, GateSource, ToGate } from '../gate/protocol.ts';
import type { CaptureNews, CaptureSource, OpenCapture, ResolveAddress } from '../sources/capture-source.ts';
import { openCapture } from '../sources/open-capture.ts';
import { isPicture, type SourceConfig } from '../sources/source-config.ts';
import type { SourceTrack } from '../sources/source-track.ts';
import { describe, newSource, next, type SourceEvent, type SourceStatus } from '../sources/state.ts';
import type { ProgramConfig } from './program-encoder.ts';

export interface RoomSourcesOptions {
  readonly sources: readonly SourceConfig[];
  readonly program: ProgramConfig;
  readonly runDir: string;
  readonly openShare?: OpenCapture;
  readonly resolveAddress?: ResolveAddress;
  /** Lost while the gate is down: {@link RoomSources.introduce} says everything anew. */
  readonly tellGate: (message: ToGate) => void;
  /** The program's time of an instant of the monotonic clock, µs: a source's own track is stamped with it. */
  readonly wallUs: (monotonicUs: number) => number;
  readonly log: Log;
}

interface Entry {
  readonly config: SourceConfig;
  readonly socket: string;
  readonly capture: CaptureSource;
  /** Null where the source has no track of its own. */
  readonly track: SourceTrack | null;
  status: SourceStatus;
  /** What the gate was last told. */
  toldLatencyMs: number | null;
}

/** A device that comes back is on air within 3 s: 1.2 s at most until it is asked again, and the time it needs to answer. */
const RETRY_MAX_MS = 1_200;
/** A shared screen on which nothing moves is sent about once a second. */
const SHARE_STALLED_AFTER_MS = 3_000;
/** A gate that has ended is noticed at once; one that hangs, by six reports that do not come. */
const GATE_SILENT_MS = 3_000;
/** The gate moves a source in time only for more than this: less is no difference that anyone sees or hears. */
const LATENCY_STEP_MS = 5;

/** The room's sources: their captures, kept running, and what is known of each. */
export class RoomSources {
  readonly #options: RoomSourcesOptions;
  readonly #entries: readonly Entry[];
  #heardAtMs = Number.NEGATIVE_INFINITY;
  #soundCapture = false;
  #soundChanged = new AbortController();

  constructor(options: RoomSourcesOptions) {
    this.#options = options;
    this.#entries = options.sources.map((config) => this.#entryOf(config));
  }

  forGate(): GateSource[] {
    return this.#entries.map(({ config, socket }) => ({
      id: config.id, name: config.name, kind: config.kind, media: isPicture(config) ? 'picture' : 'sound', socket,
      delayMs: config.delayMs ?? 0, backup: config.backup ?? false,
      ...(config.kind === 'share' ? { stalledAfterMs: SHARE_STALLED_AFTER_MS } : {}),
      ...(config.kind === 'camera' ? { lookSocket: lookSocketOf(this.#options.runDir, config.id) } : {}),
    }));
  }

  /** A new gate knows no latencies. */
  introduce(): void {
    for (const entry of this.#entries) {
      entry.toldLatencyMs = null;
      if (entry.status.latencyMs !== null) this.#tellLatency(entry, entry.status.latencyMs);
    }
  }

  tracks(): readonly SourceTrack[] {
    return this.#entries.flatMap(({ track }) => track ?? []);
  }

  get hasSoundCapture(): boolean {
    return this.#soundCapture;
  }

  setSoundCapture(on: boolean): void {
    if (on === this.#soundCapture) return;
    this.#soundCapture = on;
    for (const entry of this.#entries) if (entry.config.kind === 'microphone') tell(entry, { type: 'wanted', wanted: on });
    const changed = this.#soundChanged;
    this.#soundChanged = new AbortController();
    changed.abort();
  }

  heard(reports: readonly GateReport[]): void {
    const atMs = performance.now();
    this.#heardAtMs = atMs;
    for (const report of reports) {
      const entry = this.#entries.find(({ config }) => config.id === report.id);
      if (entry === undefined) continue;
      entry.capture.reported(report.ageMs);
      tell(entry, { type: 'reported', atMs, report });
    }
  }

  /** The gate has ended: nobody knows of any picture or sound until the next one reports. */
  unmeasured(): void {
    for (const entry of this.#entries) tell(entry, { type: 'unmeasured', atMs: performance.now() });
  }

  snapshot(): SourceState[] {
    if (performance.now() - this.#heardAtMs > GATE_SILENT_MS) this.unmeasured();
    // A laptop that shares nothing is no source of the room.
    const present = this.#entries.filter(({ config, status }) => config.kind !== 'share' || status.wanted);
    return present.map(({ config, status }) => describe(config.id, status));
  }

  async run(signal: AbortSignal): Promise<void> {
    const pictures = this.#entries.filter(({ config }) => isPicture(config));
    const sounds = this.#entries.filter(({ config }) => !isPicture(config));
    await Promise.all([...pictures.map((entry) => this.#keep(entry, signal)), ...sounds.map((entry) => this.#keepWhileWanted(entry, signal))]);
  }

  #entryOf(config: SourceConfig): Entry {
    const { program, runDir, log, wallUs, openShare, resolveAddress } = this.#options;
    const socket = join(runDir, `source-${config.id}.sock`);
    const track = config.isolated === true ? { id: config.id, name: config.name, kind: config.kind, bus: new PacketBus(log) } : null;
    const news: CaptureNews = {
      size: ({ width, height }) => tell(entry, { type: 'size-known', width, height }),
      latency: (latencyMs) => this.#heardLatency(entry, latencyMs),
      wanted: (wanted) => tell(entry, { type: 'wanted', wanted }),
      dropped: (frames) => tell(entry, { type: 'dropped', frames }),
      packet: (packet) => track?.bus.publish(packet),
    };
    const capture = openCapture({ source: config, raster: program, programFps: program.fps, socketPath: socket, news, wallUs }, openShare, resolveAddress);
    const status = next(newSource(config.kind, config.name), { type: 'wanted', wanted: config.kind === 'camera' || config.kind === 'slides' });
    const entry: Entry = { config, socket, capture, track, status, toldLatencyMs: null };
    return entry;
  }

  #heardLatency(entry: Entry, latencyMs: number): void {
    tell(entry, { type: 'latency-known', latencyMs });
    if (entry.toldLatencyMs === null || Math.abs(latencyMs - entry.toldLatencyMs) > LATENCY_STEP_MS) this.#tellLatency(entry, latencyMs);
  }

  #tellLatency(entry: Entry, latencyMs: number): void {
    entry.toldLatencyMs = latencyMs;
    this.#options.tellGate({ type: 'latency', id: entry.config.id, latencyMs });
  }

  async #keep(entry: Entry, signal: AbortSignal): Promise<void> {
    await supervise(`capture-${entry.config.id}`, (scope) => entry.capture.run(scope), {
      signal, log: this.#options.log, maxDelayMs: RETRY_MAX_MS,
      onState: (state) => {
        if (state.kind === 'waiting') tell(entry, { type: 'capture-ended', reason: state.reason, atMs: performance.now() });
      },
    });
  }

  /** Microphones run only while sound is wanted. */
  async #keepWhileWanted(entry: Entry, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const round = AbortSignal.any([signal, this.#soundChanged.signal]);
      if (this.#soundCapture) await this.#keep(entry, round);
      else {
        entry.capture.prepare?.(signal);
        await sleep(2 ** 31 - 1, round);
      }
    }
  }
}

function tell(entry: Entry, event: SourceEvent): void {
  entry.status = next(entry.status, event);
}
