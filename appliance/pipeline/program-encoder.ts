import type { EncoderState } from '#appliance/contract/state.ts';
import type { MediaPacket } from '#kit/media/packet.ts';
import type { Log } from '#kit/process/log.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import { sleep, supervise } from '#kit/process/supervisor.ts';
import type { PacketBus } from '../bus/packet-bus.ts';
import { AUDIO_OUTPUTS, audioArguments, type VideoProgram, videoArguments } from '../encoder/arguments.ts';
import { type Choice, choiceOf, type ChoiceEvent, currentOf, next } from '../encoder/choice.ts';
import { EncoderProcess } from '../encoder/encoder-process.ts';
import { audioPacketOf, type ProgramTime, videoPacketOf } from '../encoder/packets.ts';
import { tryEncoder } from '../encoder/probe.ts';
import { RateMeter } from '../encoder/rate-meter.ts';

export interface ProgramConfig extends VideoProgram {
  /** Where the recording is to be better than what is sent: a rendition of its own, of the program's size unless told. */
  readonly recording?: { readonly bitrateKbps: number; readonly width?: number; readonly height?: number };
}

export interface ProgramSockets {
  readonly video: string;
  readonly audio: string;
}

const RESTART_MAX_MS = 1_000;
/** With another encoder in reserve a hang costs 3 s in all; the last one is given time, for on a busy machine it may only be slow. */
const PATIENCE = { firstMs: 3_000, laterMs: 1_500 };
const LAST_PATIENCE = { firstMs: 20_000, laterMs: 10_000 };
/** What failed at night must encode the first class of the morning again: a second of work each time, and only where something failed. */
const RETURN_EVERY_MS = 5 * 60_000;
/** Between two encoders: what the gate says of the first one's connection must not be taken for the next one's. */
const HAND_OVER_MS = 50;
/** The gate reports twice a second: while it does, frames and samples are offered. */
const FED_MS = 1_200;
/** Of the rendition that is recorded and not sent. */
const RECORDING_ID = 'recording';

/** Encodes the program once: finds an encoder that works, keeps it and the sound's running, puts their packets on the bus. */
export class ProgramEncoder {
  readonly #program: ProgramConfig;
  readonly #sockets: ProgramSockets;
  readonly #bus: PacketBus;
  readonly #log: Log;
  readonly #video = new EncoderProcess();
  readonly #audio = new EncoderProcess();
  readonly #rates: ReadonlyMap<string, RateMeter>;
  #choice: Choice;
  #time: ProgramTime;
  #drops = { frames: 0, samples: 0 };
  #fedAtMs = Number.NEGATIVE_INFINITY;
  #isBetweenClasses = true;
  #switch = new AbortController();
  #returning: Promise<void> = Promise.resolve();
  #search: Promise<string> | null = null;

  constructor(program: ProgramConfig, encoders: readonly string[], sockets: ProgramSockets, bus: PacketBus, log: Log) {
    this.#program = { ...program, renditions: encodedRenditions(program) };
    this.#sockets = sockets;
    this.#bus = bus;
    this.#log = log;
    this.#choice = choiceOf(encoders);
    this.#time = { epochUs: 0, fps: program.fps };
    this.#rates = new Map(this.#program.renditions.map(({ id }) => [id, new RateMeter()]));
  }

  /** For one life of the gate, whose frame 0 is of `epochUs`. */
  async run(epochUs: number, signal: AbortSignal): Promise<void> {
    const options = { signal, log: this.#log, maxDelayMs: RESTART_MAX_MS };
    this.setEpoch(epochUs);
    this.#video.forget();
    this.#audio.forget();
    const look = setInterval(() => this.#isBetweenClasses && this.setBetweenClasses(true), RETURN_EVERY_MS);
    try {
      await Promise.all([
        supervise('video-encoder', (scope) => this.#keepVideo(scope), options),
        supervise('audio-encoder', (scope) => this.#runAudio(scope), options),
      ]);
    } finally {
      clearInterval(look);
    }
  }

  /** Finds the encoder while the gate starts: neither waits for the other. Without one, `run` says so again and goes on trying. */
  async prepare(signal: AbortSignal): Promise<void> {
    try {
      await this.#workingEncoder(signal);
    } catch (error) {
      this.#log.warn({ reason: reasonOf(error) }, 'no encoder was found');
    }
  }

  /** Packets are stamped from this epoch on. */
  setEpoch(epochUs: number): void {
    this.#time = { epochUs, fps: this.#program.fps };
  }

  placed(stream: 'video' | 'audio', connection: number, position: number, index: number): void {
    (stream === 'video' ? this.#video : this.#audio).placed(connection, position, index);
  }

  /** An encoder that failed is tried again between classes only, and only then is there a change back. */
  setBetweenClasses(isBetween: boolean): void {
    this.#isBetweenClasses = isBetween;
    if (isBetween) this.#returning = this.#returning.then(() => this.#returnToBetter());
  }

  /** From the gate: totals of what an encoder was too slow to take. */
  heardDrops(frames: number, samples: number): void {
    this.#fedAtMs = performance.now();
    const more = { frames: frames - this.#drops.frames, samples: samples - this.#drops.samples };
    this.#drops = { frames, samples };
    if (more.frames > 0 || more.samples > 0) this.#log.warn(more, 'the encoder was too slow: the gate left out part of the program');
  }

  snapshot(): EncoderState {
    const nowMs = performance.now();
    const rates = this.#program.renditions.map(({ id }) => this.#rates.get(id)?.read(nowMs) ?? { perSecond: 0, kbps: 0 });
    return {
      name: this.#choice.tried ? (currentOf(this.#choice) ?? '') : '',
      fps: rates[0]?.perSecond ?? 0,
      renditions: this.#program.renditions.map(({ id, width, height }, index) => ({ id, width, height, bitrateKbps: rates[index]?.kbps ?? 0 })),
      refused: [...this.#choice.refused],
    };
  }

  /** The class waits for the next encoder, and that may be one that was never tried and ends at once: only the last one is waited for longer and longer. */
  async #keepVideo(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.#runVideo(signal);
  }

  async #runVideo(signal: AbortSignal): Promise<void> {
    const encoder = await this.#workingEncoder(signal);
    if (signal.aborted) return;
    this.#switch = new AbortController();
    try {
      await this.#video.run({
        name: 'encoder-video', args: videoArguments(encoder, this.#program, { kind: 'program', socket: this.#sockets.video }),
        outputs: this.#program.renditions.length, signal: AbortSignal.any([signal, this.#switch.signal]),
        patience: this.#choice.candidates.length > 1 ? PATIENCE : LAST_PATIENCE, isFed: () => this.#isFed(),
        onPacket: (output, nut, placement) => this.#publish(videoPacketOf(nut, this.#program.renditions[output]?.id ?? '', placement, this.#time)),
      });
    } catch (error) {
      const before = this.#choice;
      this.#choose({ type: 'failed', reason: reasonOf(error) });
      if (this.#choice === before || signal.aborted) throw error;
      this.#log.warn({ encoder, reason: reasonOf(error) }, `${encoder} is left for ${currentOf(this.#choice) ?? ''}`);
      await sleep(HAND_OVER_MS, signal);
    }
  }

  async #runAudio(signal: AbortSignal): Promise<void> {
    await this.#audio.run({
      name: 'encoder-audio', args: audioArguments(this.#sockets.audio), outputs: AUDIO_OUTPUTS.length, signal,
      patience: LAST_PATIENCE, isFed: () => this.#isFed(),
      onPacket: (output, nut, placement) => this.#publish(audioPacketOf(nut, AUDIO_OUTPUTS[output] ?? 'aac', placement, this.#time)),
    });
  }

  #isFed(): boolean {
    return performance.now() - this.#fedAtMs < FED_MS;
  }

  async #returnToBetter(): Promise<void> {
    for (const name of this.#choice.failed) {
      const trial = await tryEncoder(name, this.#program, this.#switch.signal);
      if (!trial.works && trial.isStuck) this.#choose({ type: 'given-up', name });
      if (!trial.works || !this.#isBetweenClasses) continue;
      this.#log.info({ encoder: name }, `${name} works again and encodes the program from now on`);
      this.#choose({ type: 'recovered', name });
      return this.#switch.abort();
    }
  }

  /** Empty once aborted. One search at a time: who comes while one runs waits for it. */
  async #workingEncoder(signal: AbortSignal): Promise<string> {
    let encoder = '';
    while (encoder === '' && !signal.aborted) {
      this.#search ??= this.#tryInTurn(signal).finally(() => (this.#search = null));
      encoder = await this.#search;
    }
    return encoder;
  }

  async #tryInTurn(signal: AbortSignal): Promise<string> {
    while (!signal.aborted) {
      const encoder = currentOf(this.#choice);
      if (encoder === null) {
        this.#choose({ type: 'begun-anew' });
        throw new CodedError('no_encoder', 'No video encoder works on this machine. Install FFmpeg with libx264.');
      }
      if (this.#choice.tried) return encoder;
      const trial = await tryEncoder(encoder, this.#program, signal);
      if (signal.aborted) break;
      this.#choose(trial.works ? { type: 'worked' } : { type: 'refused', reason: trial.reason });
      this.#log.info({ encoder, ...trial }, trial.works ? `${encoder} encodes the program` : `${encoder} is not used: ${trial.reason}`);
    }
    return '';
  }

  #choose(event: ChoiceEvent): void {
    this.#choice = next(this.#choice, event);
  }

  #publish(packet: MediaPacket): void {
    if (packet.kind === 'video') this.#rates.get(packet.layer)?.add(packet.data.length, performance.now());
    this.#bus.publish(packet);
  }
}

/** Everything that is encoded: what is sent, and the recording's own where it has one. */
function encodedRenditions({ renditions, recording, width, height }: ProgramConfig): ProgramConfig['renditions'] {
  return recording === undefined ? renditions : [...renditions, { width, height, ...recording, id: RECORDING_ID }];
}

/** Which rendition a class is recorded in. */
export function recordedRendition(program: ProgramConfig): { readonly id: string; readonly bitrateKbps: number } {
  return encodedRenditions(program).find(({ id }) => id === RECORDING_ID) ?? program.renditions[0] ?? { id: '', bitrateKbps: 0 };
}
