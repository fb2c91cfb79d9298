/** The load of this process, looked at once a second. */
import { availableParallelism, totalmem } from 'node:os';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Figures } from '../contract/operations.ts';
import { calm, type Load, type LoadLimits, nextLoad } from './load.ts';

export interface LoadPorts {
  readonly pumpWaitMs: () => number;
  readonly peers: () => number;
  readonly maxPeers: number;
  readonly limits: LoadLimits;
}

/** The monitor's timer; what it measures has this in it. */
const RESOLUTION_MS = 20;
const nothing: Figures = { loopDelayMs: 0, loopShare: 0, cpuShare: 0, pumpWaitMs: 0, peersShare: 0, memoryShare: 0 };

export class LoadMeter {
  readonly #ports: LoadPorts;
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #memoryBytes = memoryBytes();
  #loop = performance.eventLoopUtilization();
  #cpu = process.cpuUsage();
  #atMs = performance.now();
  #figures = nothing;
  #load: Load = calm;

  constructor(ports: LoadPorts) {
    this.#ports = ports;
  }

  get load(): Load {
    return this.#load;
  }

  get figures(): Figures {
    return this.#figures;
  }

  start(): void {
    this.#delay.enable();
  }

  stop(): void {
    this.#delay.disable();
  }

  /** Call once a second: figures are of the time since the last call. */
  look(nowMs: number): void {
    this.#figures = this.#read();
    this.#load = nextLoad(this.#load, this.#figures, this.#ports.limits, nowMs);
  }

  #read(): Figures {
    const { pumpWaitMs, peers, maxPeers } = this.#ports;
    const nowMs = performance.now();
    const elapsedMs = Math.max(1, nowMs - this.#atMs);
    const used = process.cpuUsage(this.#cpu);
    const loop = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(loop, this.#loop);
    // A loop that stood still all the time has not been measured once.
    const meanMs = this.#delay.count === 0 ? elapsedMs : this.#delay.mean / 1e6;
    this.#delay.reset();
    [this.#atMs, this.#loop, this.#cpu] = [nowMs, loop, process.cpuUsage()];
    return {
      loopDelayMs: Math.max(0, meanMs - RESOLUTION_MS),
      loopShare: utilization,
      cpuShare: (used.user + used.system) / 1_000 / elapsedMs / availableParallelism(),
      pumpWaitMs: pumpWaitMs(),
      peersShare: peers() / maxPeers,
      memoryShare: process.memoryUsage.rss() / this.#memoryBytes,
    };
  }
}

/** The machine's, or what a control group leaves of it. */
function memoryBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
