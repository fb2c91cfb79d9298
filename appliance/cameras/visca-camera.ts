import type { Clock } from '#kit/media/clock.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { CameraLink, OpenLink } from './links/link.ts';
import { presetNumber } from './preset-number.ts';
import { STILL, type CameraCapabilities, type CameraCommand, type CameraStatus, type PtzCamera, type Velocity } from './ptz-camera.ts';
import * as commands from './visca/commands.ts';
import { heard, QUIET, submit, ticked, type Exchange, type Item, type Output, type Turn } from './visca/exchange.ts';
import { FrameReader } from './visca/frame-reader.ts';
import { panTiltOf, parseReply, zoomOf } from './visca/reply.ts';

/** One frame of 25 a second: VISCA cameras take one command a frame. */
const TICK_MS = 40;
const POLL_MOVING_MS = 200;
const POLL_RESTING_MS = 500;
/** Without a word that makes sense for this long the link counts as lost and is opened anew. */
const SILENCE_MS = 3_000;
/** A position that stayed the same for this long is at rest. */
const REST_MS = 600;

export interface ViscaCameraOptions {
  readonly open: OpenLink;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Magnification at the end of the optical zoom. */
  readonly maxZoom: number;
}

interface Pending {
  readonly resolve: () => void;
  readonly reject: (error: CodedError) => void;
}

/** A camera that speaks VISCA, over any link. Its position comes from asking, never from what was sent. */
export class ViscaCamera implements PtzCamera {
  readonly #options: ViscaCameraOptions;
  #exchange: Exchange = QUIET;
  #link: CameraLink | null = null;
  #pending = new Map<string, Pending>();
  #actions = 0;
  #position = { panDeg: 0, tiltDeg: 0, zoom: 1 };
  #heardAtMs = Number.NEGATIVE_INFINITY;
  #nonsenseAtMs = Number.NEGATIVE_INFINITY;
  #movedAtMs = Number.NEGATIVE_INFINITY;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ViscaCameraOptions) {
    this.#options = options;
  }

  drive(velocity: Velocity): void {
    this.#submit({ key: 'pan-tilt', bytes: commands.panTiltDrive(velocity), kind: 'command', untilConfirmed: velocity.pan === 0 && velocity.tilt === 0 });
    this.#submit({ key: 'zoom', bytes: commands.zoomDrive(velocity.zoom), kind: 'command', untilConfirmed: velocity.zoom === 0 });
  }

  stop(): void {
    this.drive(STILL);
  }

  async execute(command: CameraCommand): Promise<void> {
    switch (command.type) {
      case 'home':
        return this.#act(commands.home());
      case 'preset-recall':
        return this.#act(commands.recallPreset(presetNumber(command.preset)));
      case 'preset-save':
        return this.#act(commands.savePreset(presetNumber(command.preset)));
      default:
        throw new CodedError('camera_cannot', `This camera takes no "${command.type}".`, { status: 400 });
    }
  }

  capabilities(): CameraCapabilities {
    return { ...CAPABILITIES, maxZoom: this.#options.maxZoom };
  }

  status(): CameraStatus {
    const nowMs = this.#options.clock.nowMs();
    const ok = this.#link !== null && nowMs - this.#heardAtMs < SILENCE_MS;
    return { ...this.#position, link: ok ? 'ok' : 'lost', moving: ok && nowMs - this.#movedAtMs < REST_MS, advice: ok ? '' : this.#advice(nowMs) };
  }

  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const whole = AbortSignal.any([signal, stop.signal]);
    const reader = new FrameReader();
    const link = await this.#options.open((bytes) => this.#received(reader.push(bytes), bytes.length), whole);
    try {
      this.#opened(link);
      await Promise.race([link.ended, this.#pump(whole)]);
    } finally {
      this.#closed();
      stop.abort();
      // Its failure is what ended the race, or follows from the abort.
      link.ended.catch(() => undefined);
    }
  }

  /** A head that was left moving (this process or the network died) is stopped before anything else. */
  #opened(link: CameraLink): void {
    this.#link = link;
    this.#exchange = QUIET;
    this.#heardAtMs = this.#options.clock.nowMs() - SILENCE_MS;
    this.stop();
    this.#submit({ key: 'clear', bytes: commands.interfaceClear(), kind: 'command', untilConfirmed: false });
  }

  #closed(): void {
    this.#link = null;
    const unreachable = new CodedError('camera_unreachable', 'The camera does not answer. Check its power and network cable.', { status: 503 });
    for (const pending of this.#pending.values()) pending.reject(unreachable);
    this.#pending.clear();
  }

  #pump(signal: AbortSignal): Promise<void> {
    const openedAtMs = this.#options.clock.nowMs();
    return new Promise((resolve, reject) => {
      const timer = setInterval(() => {
        const nowMs = this.#options.clock.nowMs();
        this.#ask(nowMs);
        this.#take(ticked(this.#exchange, nowMs));
        if (nowMs - Math.max(openedAtMs, this.#heardAtMs) < SILENCE_MS) return;
        finish(() => reject(new CodedError('camera_silent', this.#advice(nowMs))));
      }, TICK_MS);
      const finish = (settle: () => void): void => {
        clearInterval(timer);
        signal.removeEventListener('abort', abort);
        settle();
      };
      const abort = (): void => finish(resolve);
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  #ask(nowMs: number): void {
    const every = nowMs - this.#movedAtMs < REST_MS ? POLL_MOVING_MS : POLL_RESTING_MS;
    if (nowMs - this.#askedAtMs < every) return;
    this.#askedAtMs = nowMs;
    this.#submit({ key: 'where', bytes: commands.panTiltInquiry(), kind: 'inquiry', untilConfirmed: false });
    this.#submit({ key: 'how-near', bytes: commands.zoomInquiry(), kind: 'inquiry', untilConfirmed: false });
  }

  #act(bytes: Buffer): Promise<void> {
    if (this.status().link === 'lost') {
      return Promise.reject(new CodedError('camera_unreachable', this.#advice(this.#options.clock.nowMs()), { status: 503 }));
    }
    if (this.#pending.size >= 8) return Promise.reject(new CodedError('camera_busy', 'The camera is still busy. Try again in a moment.', { status: 409 }));
    const key = `action-${this.#actions++}`;
    return new Promise((resolve, reject) => {
      this.#pending.set(key, { resolve, reject });
      this.#submit({ key, bytes, kind: 'command', untilConfirmed: false });
    });
  }

  #submit(item: Item): void {
    if (this.#link !== null) this.#take(submit(this.#exchange, item, this.#options.clock.nowMs()));
  }

  #received(frames: readonly Buffer[], bytes: number): void {
    const nowMs = this.#options.clock.nowMs();
    if (frames.length === 0 && bytes > 0) this.#nonsenseAtMs = nowMs;
    for (const frame of frames) {
      const reply = parseReply(frame);
      if (reply === null) this.#nonsenseAtMs = nowMs;
      else this.#take(heard(this.#exchange, reply, nowMs));
    }
  }

  #take(turn: Turn): void {
    this.#exchange = turn.exchange;
    for (const output of turn.outputs) this.#output(output);
  }

  #output(output: Output): void {
    if (output.type === 'send') this.#link?.send(output.bytes);
    else if (output.type === 'answer') this.#answered(output.item, output.data);
    else this.#settled(output.item, output.outcome);
  }

  #answered(item: Item, data: Buffer): void {
    const zoom = item.key === 'how-near' ? zoomOf(data, this.#options.maxZoom) : null;
    const where = item.key === 'where' ? panTiltOf(data) : null;
    const nowMs = this.#options.clock.nowMs();
    if (zoom === null && where === null) {
      this.#nonsenseAtMs = nowMs;
      return;
    }
    const position = { ...this.#position, ...where, ...(zoom === null ? {} : { zoom }) };
    if (Number.isFinite(this.#heardAtMs) && moved(position, this.#position)) this.#movedAtMs = nowMs;
    this.#position = position;
    this.#heardAtMs = nowMs;
  }

  #settled(item: Item, outcome: string): void {
    if (outcome === 'done') this.#heardAtMs = this.#options.clock.nowMs();
    const pending = this.#pending.get(item.key);
    if (pending === undefined) return;
    this.#pending.delete(item.key);
    if (outcome === 'done') pending.resolve();
    else pending.reject(refusal(outcome));
  }

  #advice(nowMs: number): string {
    if (nowMs - this.#nonsenseAtMs < 2 * SILENCE_MS) return 'The camera answers, but not in VISCA. Check that its control port is set to VISCA.';
    return 'The camera does not answer. Check its power and network cable.';
  }
}

const CAPABILITIES: Omit<CameraCapabilities, 'maxZoom'> = {
  commands: ['home', 'preset-recall', 'preset-save'],
  focusModes: [],
  exposureModes: [],
  whiteBalanceModes: [],
  tallyStates: [],
  presets: { kind: 'numbers', ranges: [[0, 89], [100, 254]] },
  reach: null,
  fullSpeed: null,
  fieldOfViewDeg: null,
};

function moved(a: { panDeg: number; tiltDeg: number; zoom: number }, b: { panDeg: number; tiltDeg: number; zoom: number }): boolean {
  return Math.abs(a.panDeg - b.panDeg) > 0.05 || Math.abs(a.tiltDeg - b.tiltDeg) > 0.05 || Math.abs(a.zoom - b.zoom) > 0.01;
}

function refusal(outcome: string): CodedError {
  if (outcome === 'silent') return new CodedError('camera_unreachable', 'The camera did not answer. Check its power and network cable.', { status: 503 });
  return new CodedError('camera_refused', `The camera refused (${outcome}). Close its on-screen menu, and check that it is switched on.`, { status: 409 });
}
