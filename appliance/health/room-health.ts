import { freemem, uptime } from 'node:os';
import { join } from 'node:path';
import { CodedError } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { supervise } from '#kit/process/supervisor.ts';
import type { HealthReport } from '#provisioning/contract/enrolment.ts';
import type { HealthSeries, HealthState, History } from '../contract/health.ts';
import type { State } from '../contract/state.ts';
import type { GateLoad } from '../pipeline/pipeline.ts';
import { healthOf, look, type Watches } from './alarms.ts';
import { HealthHistory } from './history.ts';
import { Machine } from './machine.ts';
import type { NetworkTime } from './network-time.ts';
import { MinuteRate } from './rate.ts';
import { RULES, type HealthFacts } from './rules.ts';

export interface RoomHealthParts {
  readonly dataDir: string;
  readonly recordingsDir: string;
  readonly wantedFps: number;
  readonly load: () => GateLoad;
  readonly soundCaptured: () => boolean;
  readonly uplinkBytes: () => number;
  readonly time: Pick<NetworkTime, 'clockErrorMs'>;
  readonly clock: { nowMs(): number };
  readonly log: Log;
}

const MACHINE_RETRY_MS = 60_000;
const RATES = ['dropped', 'throttled', 'diskErrors', 'networkErrors'] as const;

/** How the box is: looked at once a second by the rules, and kept. */
export class RoomHealth {
  readonly #parts: RoomHealthParts;
  readonly #history: HealthHistory;
  readonly #machine: Machine;
  readonly #rates = Object.fromEntries(RATES.map((name) => [name, new MinuteRate()])) as Record<(typeof RATES)[number], MinuteRate>;
  #watches: Watches = new Map();
  #health: HealthState = { verdict: 'ok', alarms: [] };
  #sentBytes = 0;

  constructor(parts: RoomHealthParts) {
    this.#parts = parts;
    this.#history = new HealthHistory(join(parts.dataDir, 'health.sqlite'), parts.log);
    this.#machine = new Machine(parts.recordingsDir, parts.log);
  }

  state(): HealthState {
    return this.#health;
  }

  /** What campus wants to know; a machine whose sensors keep its child waiting is reported all the same. */
  get machine(): HealthReport['machine'] {
    return this.#machine.figures ?? { cpuPercent: 0, memoryFreeBytes: freemem(), diskFreeBytes: 0, temperatureC: null, uptimeSeconds: uptime() };
  }

  /** Called once a second, with the room as it is. */
  sample(state: State): void {
    const nowMs = this.#parts.clock.nowMs();
    const facts = this.#facts(state, nowMs);
    this.#watches = look(this.#watches, RULES, facts, nowMs);
    const health = healthOf(this.#watches);
    if (JSON.stringify(health) !== JSON.stringify(this.#health)) this.#told(health);
    this.#history.record(this.#values(state, facts), nowMs);
  }

  /** @throws CodedError `bad_span` */
  history(series: HealthSeries, from: string | undefined, to: string | undefined): History {
    const nowMs = this.#parts.clock.nowMs();
    const toMs = to === undefined ? nowMs : Date.parse(to);
    const fromMs = from === undefined ? toMs - 3_600_000 : Date.parse(from);
    if (!(fromMs < toMs)) throw new CodedError('bad_span', 'The span ends before it begins. Give an earlier `from`.');
    return this.#history.query(series, fromMs, toMs, nowMs);
  }

  async run(signal: AbortSignal): Promise<void> {
    await supervise('machine', (scope) => this.#machine.run(scope), { signal, log: this.#parts.log, maxDelayMs: MACHINE_RETRY_MS });
  }

  close(): void {
    this.#history.close();
  }

  #told(health: HealthState): void {
    const before = new Set(this.#health.alarms.map(({ code }) => code));
    for (const { code, message } of health.alarms) if (!before.has(code)) this.#parts.log.warn({ alarm: code }, message);
    this.#health = health;
  }

  #facts(state: State, nowMs: number): HealthFacts {
    const { wantedFps, soundCaptured, load, time } = this.#parts;
    const { lateMs, droppedFrames, waitingFrames } = load();
    const machine = this.#machine.figures;
    return {
      state, wantedFps, soundCaptured: soundCaptured(), gateLagMs: lateMs, waitingFrames,
      droppedPerMinute: this.#rates.dropped.add(droppedFrames, nowMs),
      cpuPercent: machine?.cpuPercent ?? null,
      memoryUsedPercent: machine === null ? null : 100 - (100 * machine.memoryFreeBytes) / machine.memoryTotalBytes,
      temperatureC: machine?.temperatureC ?? null,
      throttledPerMinute: machine === null ? 0 : this.#rates.throttled.add(machine.throttled, nowMs),
      diskBusyPercent: machine?.diskBusyPercent ?? null,
      diskErrorsPerMinute: machine === null ? 0 : this.#rates.diskErrors.add(machine.diskErrors, nowMs),
      networkErrorsPerMinute: machine === null ? 0 : this.#rates.networkErrors.add(machine.networkErrors, nowMs),
      // chrony knows to a millisecond what the school's server tells to a second.
      clockErrorMs: machine?.clockErrorMs ?? time.clockErrorMs(),
    };
  }

  #values(state: State, facts: HealthFacts): Record<HealthSeries, number | null> {
    const sent = this.#parts.uplinkBytes();
    const kbps = (Math.max(0, sent - this.#sentBytes) * 8) / 1000;
    this.#sentBytes = sent;
    return {
      'cpu-percent': facts.cpuPercent,
      'memory-used-percent': facts.memoryUsedPercent,
      'temperature-c': facts.temperatureC,
      'disk-free-bytes': this.#machine.figures?.diskFreeBytes ?? null,
      'disk-busy-percent': facts.diskBusyPercent,
      'network-errors': facts.networkErrorsPerMinute,
      'clock-offset-ms': facts.clockErrorMs,
      'encoder-fps': state.encoder.fps,
      'encoder-queue': facts.waitingFrames,
      'gate-lag-ms': facts.gateLagMs,
      'dropped-frames': facts.droppedPerMinute,
      'program-level-dbfs': facts.soundCaptured ? state.sound.program.levelDbfs : null,
      'uplink-kbps': kbps,
      viewers: state.stream.viewers,
    };
  }
}
