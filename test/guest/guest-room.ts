import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SourceState } from '#appliance/contract/state.ts';
import { monotonicUs } from '#kit/media/clock.ts';
import { createLog } from '#kit/process/log.ts';
import type { PacketBus } from '../../appliance/bus/packet-bus.ts';
import { GateProcess } from '../../appliance/gate/gate-process.ts';
import { drawnLayout, FIRST_INSET } from '../../appliance/gate/layout-choice.ts';
import type { ProgramConfig } from '../../appliance/pipeline/program-encoder.ts';
import { RoomSources } from '../../appliance/pipeline/room-sources.ts';
import type { SourceConfig } from '../../appliance/sources/source-config.ts';
import { eventually } from '../product/eventually.ts';
import { ENDED } from './guest-console.ts';

/** Small: every picture passes through a processor in software. */
const PROGRAM: ProgramConfig = { width: 320, height: 180, fps: 25, renditions: [], x264Preset: 'ultrafast' };
const RUN_DIR = '/run/room';
const LOOK_EVERY_MS = 20;
const WATCH_EVERY_MS = 50;

export const isLost = ({ signal }: SourceState): boolean => signal !== 'ok';

/** The box as far as its gate: captures, supervised, and what the gate sees of them. Nobody encodes. */
export class GuestRoom {
  readonly log = createLog('guest');
  readonly #stop = new AbortController();
  readonly #gate = new GateProcess();
  readonly #sources: RoomSources;

  constructor(sources: readonly SourceConfig[]) {
    const wallOffsetUs = Date.now() * 1_000 - monotonicUs();
    this.#sources = new RoomSources({
      sources, program: PROGRAM, runDir: RUN_DIR, tellGate: (message) => this.#gate.send(message), wallUs: (us) => us + wallOffsetUs, log: this.log,
    });
    this.#sources.setSoundCapture(true);
  }

  /** Aborts with the room. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Runs the room while the campaign lasts, and ends the program. */
  async during(campaign: () => Promise<void>): Promise<never> {
    await Promise.race([this.#run(this.signal), campaign()]);
    this.#stop.abort();
    console.log(ENDED);
    return process.exit();
  }

  of(id: string): SourceState {
    const state = this.#sources.snapshot().find((source) => source.id === id);
    if (state === undefined) throw new Error(`no source ${id}`);
    return state;
  }

  /** A source's own packets. */
  trackOf(id: string): PacketBus {
    const track = this.#sources.tracks().find((each) => each.id === id);
    if (track === undefined) throw new Error(`no track ${id}`);
    return track.bus;
  }

  /** Milliseconds until it holds of a source. */
  async until(what: string, id: string, holds: (state: SourceState) => boolean, timeoutMs: number): Promise<number> {
    const beganMs = performance.now();
    await eventually(what, () => holds(this.of(id)), { timeoutMs, everyMs: LOOK_EVERY_MS });
    return performance.now() - beganMs;
  }

  /** Whether a source was lost before the signal aborted. */
  async watchForLoss(id: string, signal: AbortSignal): Promise<boolean> {
    for (let lost = false; ; await delay(WATCH_EVERY_MS)) {
      lost ||= isLost(this.of(id));
      if (signal.aborted) return lost;
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    mkdirSync(RUN_DIR, { recursive: true });
    const { promise: ready, resolve: announce } = Promise.withResolvers<void>();
    const { width, height, fps } = PROGRAM;
    const begin = {
      type: 'begin', program: { width, height, fps }, sources: this.#sources.forGate(), imagesDir: '',
      videoSocket: join(RUN_DIR, 'video.sock'), audioSocket: join(RUN_DIR, 'audio.sock'),
      layout: drawnLayout({ id: 'camera', inset: FIRST_INSET, custom: [] }, this.#sources.snapshot(), PROGRAM),
      words: { language: 'en', course: '', teacher: '', date: '' },
    } as const;
    const gate = this.#gate.run({ begin, onMessage: (message) => {
      if (message.type === 'ready') announce();
      if (message.type === 'report') this.#sources.heard(message.sources);
    } }, signal);
    await Promise.race([ready, gate]);
    this.#sources.introduce();
    await Promise.all([gate, this.#sources.run(signal)]);
  }
}
