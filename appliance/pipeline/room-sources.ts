import { join } from 'node:path';
import type { SourceState } from '#appliance/contract/state.ts';
import type { Log } from '#kit/process/log.ts';
import { sleep, supervise } from '#kit/process/supervisor.ts';
import type { GateReport, GateSource } from '../gate/protocol.ts';
import { Capture } from '../sources/capture.ts';
import { isPicture, type SourceConfig } from '../sources/source-config.ts';
import { describe, newSource, next, type SourceEvent, type SourceStatus } from '../sources/state.ts';
import type { ProgramConfig } from './program-encoder.ts';

interface Entry {
  readonly config: SourceConfig;
  readonly socket: string;
  readonly capture: Capture;
  status: SourceStatus;
}

/** A device that comes back is on air within 3 s: 1.2 s at most until it is asked again, and the time it needs to answer. */
const RETRY_MAX_MS = 1_200;

/** The room's sources: their captures, kept running, and what is known of each. */
export class RoomSources {
  readonly #entries: readonly Entry[];
  readonly #log: Log;
  #soundCapture = false;
  #soundChanged = new AbortController();

  constructor(configs: readonly SourceConfig[], program: ProgramConfig, runDir: string, log: Log) {
    this.#log = log;
    this.#entries = configs.map((config) => {
      const socket = join(runDir, `source-${config.id}.sock`);
      const onSize = ({ width, height }: { width: number; height: number }): void => this.#tell(config.id, { type: 'size-known', width, height });
      const capture = new Capture({ source: config, raster: program, programFps: program.fps, socketPath: socket, onSize });
      const status = next(newSource(config.kind, config.name), { type: 'wanted', wanted: isPicture(config) });
      return { config, socket, capture, status };
    });
  }

  forGate(): GateSource[] {
    return this.#entries.map(({ config, socket }) => ({
      id: config.id, name: config.name, media: isPicture(config) ? 'picture' : 'sound', socket, delayMs: config.delayMs ?? 0,
    }));
  }

  get hasSoundCapture(): boolean {
    return this.#soundCapture;
  }

  setSoundCapture(on: boolean): void {
    if (on === this.#soundCapture) return;
    this.#soundCapture = on;
    for (const { config } of this.#entries) if (!isPicture(config)) this.#tell(config.id, { type: 'wanted', wanted: on });
    const changed = this.#soundChanged;
    this.#soundChanged = new AbortController();
    changed.abort();
  }

  heard(reports: readonly GateReport[]): void {
    const atMs = performance.now();
    for (const report of reports) {
      this.#entries.find(({ config }) => config.id === report.id)?.capture.reported(report.ageMs);
      this.#tell(report.id, { type: 'reported', atMs, report });
    }
  }

  snapshot(): SourceState[] {
    return this.#entries.map(({ config, status }) => describe(config.id, status));
  }

  async run(signal: AbortSignal): Promise<void> {
    const pictures = this.#entries.filter(({ config }) => isPicture(config));
    const sounds = this.#entries.filter(({ config }) => !isPicture(config));
    await Promise.all([...pictures.map((entry) => this.#keep(entry, signal)), ...sounds.map((entry) => this.#keepWhileWanted(entry, signal))]);
  }

  async #keep(entry: Entry, signal: AbortSignal): Promise<void> {
    await supervise(`capture-${entry.config.id}`, (scope) => entry.capture.run(scope), {
      signal, log: this.#log, maxDelayMs: RETRY_MAX_MS,
      onState: (state) => {
        if (state.kind === 'waiting') this.#tell(entry.config.id, { type: 'capture-ended', reason: state.reason });
      },
    });
  }

  /** Microphones run only while sound is wanted. */
  async #keepWhileWanted(entry: Entry, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const round = AbortSignal.any([signal, this.#soundChanged.signal]);
      if (this.#soundCapture) await this.#keep(entry, round);
      else await sleep(2 ** 31 - 1, round);
    }
  }

  #tell(id: string, event: SourceEvent): void {
    const entry = this.#entries.find(({ config }) => config.id === id);
    if (entry !== undefined) entry.status = next(entry.status, event);
  }
}
