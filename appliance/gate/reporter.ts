import { sleep } from '#kit/process/supervisor.ts';
import { SILENCE_DBFS } from '#kit/media/pcm.ts';
import type { Aligner } from './aligner.ts';
import type { ProgramOutput } from './output.ts';
import type { PictureInput } from './picture-input.ts';
import type { FromGate, GateReport } from './protocol.ts';
import type { Level } from './sound/level-meter.ts';
import type { SoundInput } from './sound/sound-input.ts';
import type { SoundProgram } from './sound/sound-program.ts';
import type { Ticker } from './ticker.ts';

export interface ReporterParts {
  readonly pictures: ReadonlyMap<string, PictureInput>;
  readonly sounds: ReadonlyMap<string, SoundInput>;
  readonly sound: SoundProgram;
  readonly aligner: Aligner;
  readonly video: ProgramOutput;
  readonly audio: ProgramOutput;
  readonly ticker: Ticker;
  readonly nowMs: () => number;
  readonly send: (message: FromGate) => void;
}

/** A little under a tenth of a second: with the odd late one it is still ten times a second. */
const LEVELS_EVERY_MS = 95;
/** Facts about the sources go with every fifth reading of the levels. */
const LEVELS_PER_REPORT = 5;

/** Tells the appliance what the gate sees: levels ten times a second, the sources twice. */
export class Reporter {
  readonly #parts: ReporterParts;
  readonly #levels = new Map<string, Level>();
  #peaks = new Map<string, number>();
  #reportedMs: number;

  constructor(parts: ReporterParts) {
    this.#parts = parts;
    this.#reportedMs = parts.nowMs();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { nowMs } = this.#parts;
    let dueMs = nowMs();
    for (let round = 1; !signal.aborted; round += 1) {
      // In step with the clock, whatever a round took; one that was missed is not made up for.
      dueMs = Math.max(dueMs + LEVELS_EVERY_MS, nowMs());
      await sleep(dueMs - nowMs(), signal);
      this.#sendLevels();
      if (round % LEVELS_PER_REPORT === 0) this.#sendReport();
    }
  }

  #sendLevels(): void {
    const sources: Record<string, number> = {};
    const peaks: Record<string, number> = {};
    for (const [id, input] of this.#parts.sounds) {
      const level = input.meter.read();
      this.#levels.set(id, level);
      this.#peaks.set(id, Math.max(level.peakDbfs, this.#peaks.get(id) ?? SILENCE_DBFS));
      sources[id] = level.rmsDbfs;
      peaks[id] = level.peakDbfs;
    }
    const { rmsDbfs, peakDbfs } = this.#parts.sound.meter.read();
    this.#parts.send({ type: 'levels', sources, program: rmsDbfs, peaks, programPeak: peakDbfs });
  }

  #sendReport(): void {
    const { video, audio, ticker, sound, aligner, nowMs, send } = this.#parts;
    const elapsedMs = Math.max(1, nowMs() - this.#reportedMs);
    this.#reportedMs = nowMs();
    const sources = [...this.#pictureReports(elapsedMs), ...this.#soundReports(elapsedMs)];
    this.#peaks = new Map();
    send({
      type: 'report', sources, droppedFrames: video.dropped, droppedSamples: audio.dropped, lateMs: ticker.takeLateMs(), waitingFrames: video.waiting,
      sound: sound.facts(), programMs: Math.round(aligner.programMs),
    });
  }

  #pictureReports(elapsedMs: number): GateReport[] {
    return [...this.#parts.pictures].map(([id, input]) => ({
      id, ...input.report(elapsedMs), levelDbfs: SILENCE_DBFS, peakDbfs: SILENCE_DBFS, driftPpm: null,
    }));
  }

  #soundReports(elapsedMs: number): GateReport[] {
    return [...this.#parts.sounds].map(([id, input]) => ({
      id, ...input.report(elapsedMs), lost: 0, luma: null, fingerprint: null,
      levelDbfs: this.#levels.get(id)?.rmsDbfs ?? SILENCE_DBFS, peakDbfs: this.#peaks.get(id) ?? SILENCE_DBFS, driftPpm: input.driftPpm,
    }));
  }
}
