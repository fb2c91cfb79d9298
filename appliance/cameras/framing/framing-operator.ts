import { monotonicUs } from '#kit/media/clock.ts';
import type { Log } from '#kit/process/log.ts';
import { sleep, supervise } from '#kit/process/supervisor.ts';
import type { FramingRequest, FramingState, FramingZone } from '../../contract/cameras.ts';
import type { CameraOperator } from '../operator.ts';
import { type PtzCamera, STILL, type Velocity } from '../ptz-camera.ts';
import { Framer, type Goal } from './framer.ts';
import { type Direction, frameDeg, type Lens } from './optics.ts';
import type { FromWatcher } from './protocol.ts';
import { type Facts, situationOf } from './situation.ts';
import type { Watching } from './watcher.ts';
import { AT_EASE, type Load, nextYielding, type Share } from './yield-rule.ts';

export interface FramingOperatorOptions {
  readonly camera: string;
  readonly head: Pick<PtzCamera, 'status' | 'capabilities'>;
  /** False, and nothing done, while a person drives. */
  readonly drive: (velocity: Velocity) => boolean;
  /** Who looks at this camera's pictures, and tells. */
  readonly watch: (heard: (message: FromWatcher) => void) => Watching;
  /** From the light in the lens to the gate, ms; null where it is not known. */
  readonly latencyMs: () => number | null;
  readonly load: () => Load;
  /** What was asked of it last: it goes on with that after a restart of the box. */
  readonly memory: { asked(): FramingRequest | null; keep(request: FramingRequest): void };
  /** Students watch the camera, and it is set to stand still for them. */
  readonly mustStand: () => boolean;
  readonly aspect: number;
  /** Overrides what the camera says of its lens. */
  readonly fieldOfViewDeg: number | undefined;
  readonly handBackMs: number;
  /** What was set up for following in a part of the room. */
  readonly zone: FramingZone | undefined;
  readonly wide: Direction | undefined;
  readonly log: Log;
}

/** Commands leave at this pace, whatever the detector's is. */
const STEP_MS = 100;
const STEPS_PER_LOAD = 5;
/** Six pictures a second are plenty for somebody who walks. */
const PICTURE_MS: Readonly<Record<Share, number | null>> = { all: 160, half: 320, none: null };
/** Last in line for the processor, it may get none for so long: then that is what the state says. */
const STARVED_MS = 5_000;
/** What is usual for a network camera. */
const USUAL_LATENCY_MS = 120;
const USUAL_FIELD_OF_VIEW_DEG = 60;
const USUAL_SPEED = { panDegPerS: 60, tiltDegPerS: 40 };

/** Follows one person with one camera, and gives way: to people at once, and to the class whenever the box is short of time. */
export class FramingOperator implements CameraOperator {
  readonly #options: FramingOperatorOptions;
  readonly #watcher: Watching;
  #mode: FramingState['mode'] = 'off';
  #zone: FramingZone | null = null;
  #touchedAtMs: number | null = null;
  #lookingSinceMs: number | null = null;
  #sight: Facts['sight'] = 'starting';
  /** The detector's last word, or when it was last asked to begin. */
  #heardAtMs = 0;
  #isCrude = false;
  #yielding = AT_EASE;
  #framer: Framer;
  #sent: Velocity = STILL;
  #switched = new AbortController();

  constructor(options: FramingOperatorOptions) {
    this.#options = options;
    this.#watcher = options.watch((message) => this.#heard(message));
    this.#framer = this.#newFramer();
  }

  state(): FramingState {
    return { mode: this.#mode, zone: this.#zone, ...situationOf(this.#facts(nowMs())) };
  }

  frame({ mode, zone }: FramingRequest): void {
    const wasOff = this.#mode === 'off';
    this.#mode = mode;
    this.#zone = mode === 'zone' ? (zone ?? this.#options.zone ?? this.#view()) : null;
    // Whoever asks for it wants it now.
    this.#touchedAtMs = null;
    if (mode === 'off') this.#drive(STILL);
    this.#options.memory.keep({ mode, ...(this.#zone === null ? {} : { zone: this.#zone }) });
    this.#options.log.info({ camera: this.#options.camera, mode }, 'framing was set');
    if (wasOff === (mode === 'off')) return;
    const switched = this.#switched;
    this.#switched = new AbortController();
    switched.abort();
  }

  touched(): void {
    this.#touchedAtMs = nowMs();
    // Before the person's own command goes out: the watchdog of what was driven here must not stop that.
    this.#drive(STILL);
  }

  async run(signal: AbortSignal): Promise<void> {
    const asked = this.#options.memory.asked();
    // Somebody may have been quicker.
    if (asked !== null && asked.mode !== 'off' && this.#mode === 'off') this.frame(asked);
    while (!signal.aborted) {
      const round = AbortSignal.any([signal, this.#switched.signal]);
      if (this.#mode === 'off') await sleep(2 ** 31 - 1, round);
      else await this.#work(round);
    }
  }

  async #work(signal: AbortSignal): Promise<void> {
    this.#framer = this.#newFramer();
    this.#sight = 'starting';
    this.#heardAtMs = nowMs();
    this.#yielding = AT_EASE;
    try {
      await Promise.all([
        this.#pump(signal),
        supervise('framing', (scope) => this.#watcher.run(scope), {
          signal, log: this.#options.log,
          onState: ({ kind }) => {
            if (kind === 'waiting') this.#sight = 'broken';
          },
        }),
      ]);
    } finally {
      this.#drive(STILL);
    }
  }

  async #pump(signal: AbortSignal): Promise<void> {
    for (let step = 0; !signal.aborted; step += 1) {
      if (step % STEPS_PER_LOAD === 0) this.#yielding = nextYielding(this.#yielding, this.#options.load(), nowMs());
      this.#step(nowMs());
      await sleep(STEP_MS, signal);
    }
  }

  #step(atMs: number): void {
    const { state } = situationOf(this.#facts(atMs));
    const works = state === 'following' || state === 'wide';
    if (!works) {
      this.#lookingSinceMs = null;
    } else if (this.#lookingSinceMs === null) {
      this.#lookingSinceMs = atMs;
      this.#framer.forget();
    }
    this.#pace(works || this.#mustTryAgain(atMs) ? PICTURE_MS[this.#yielding.share] : null, atMs);
    const velocity = this.#framer.step(atMs, this.#options.head.status(), this.#goal(state));
    if (works) this.#drive(velocity);
    else if (state !== 'paused-by-touch') this.#drive(STILL);
  }

  /** A camera that gave no picture may give one now, and a detector that got no processor time may get some. */
  #mustTryAgain(atMs: number): boolean {
    return this.#sight === 'no-picture' || this.#isStarved(atMs);
  }

  #pace(everyMs: number | null, atMs: number): void {
    if (everyMs === null) this.#heardAtMs = atMs;
    this.#watcher.pace(everyMs);
  }

  #isStarved(atMs: number): boolean {
    return atMs - this.#heardAtMs > STARVED_MS;
  }

  #goal(state: FramingState['state']): Goal {
    if (state === 'following') return { kind: 'follow', zone: this.#zone };
    return state === 'wide' ? { kind: 'wide', towards: this.#options.wide ?? middleOf(this.#zone) } : { kind: 'rest' };
  }

  /** A head that rests is not told so again and again. */
  #drive(velocity: Velocity): void {
    if (isStill(velocity) && isStill(this.#sent)) return;
    this.#sent = velocity;
    if (this.#options.drive(velocity)) return;
    this.#sent = STILL;
    this.#touchedAtMs = nowMs();
  }

  #heard(message: FromWatcher): void {
    this.#heardAtMs = nowMs();
    if (message.type === 'ready') {
      this.#sight = 'ok';
      this.#isCrude = message.detector === 'movement';
      if (this.#isCrude) this.#options.log.warn({ problem: message.problem }, 'the person detector could not be loaded: movement is followed instead');
    } else if (message.type === 'blind') {
      this.#sight = 'no-picture';
    } else {
      this.#sight = 'ok';
      const atMs = message.arrivedUs / 1000 - (this.#options.latencyMs() ?? USUAL_LATENCY_MS);
      if (message.person !== null) this.#framer.saw({ atMs, head: message.person.head, size: message.person.size });
    }
  }

  #facts(atMs: number): Facts {
    return {
      mode: this.#mode, nowMs: atMs, handBackMs: this.#options.handBackMs, touchedAtMs: this.#touchedAtMs, lookingSinceMs: this.#lookingSinceMs,
      seenAtMs: this.#framer.seenAtMs, link: this.#options.head.status().link, sight: this.#sight, isCrude: this.#isCrude, mustStand: this.#options.mustStand(), mustYield: this.#yielding.share === 'none' || (this.#sight !== 'broken' && this.#isStarved(atMs)),
    };
  }

  /** What the camera shows at this moment. */
  #view(): FramingZone {
    const { panDeg, tiltDeg, zoom } = this.#options.head.status();
    const { across, down } = frameDeg(this.#lens(), zoom);
    return { minPanDeg: panDeg - across / 2, maxPanDeg: panDeg + across / 2, minTiltDeg: tiltDeg - down / 2, maxTiltDeg: tiltDeg + down / 2 };
  }

  /** The camera may have said more of itself since it was connected. */
  #newFramer(): Framer {
    return new Framer({ lens: this.#lens(), fullSpeed: this.#options.head.capabilities().fullSpeed ?? USUAL_SPEED });
  }

  #lens(): Lens {
    const { aspect, fieldOfViewDeg, head } = this.#options;
    return { aspect, fieldOfViewDeg: fieldOfViewDeg ?? head.capabilities().fieldOfViewDeg ?? USUAL_FIELD_OF_VIEW_DEG };
  }
}

/** The machine's monotonic clock, which the gate's pictures are stamped with. */
function nowMs(): number {
  return monotonicUs() / 1000;
}

function isStill({ pan, tilt, zoom }: Velocity): boolean {
  return pan === 0 && tilt === 0 && zoom === 0;
}

function middleOf(zone: FramingZone | null): Direction {
  return zone === null ? { panDeg: 0, tiltDeg: 0 } : { panDeg: (zone.minPanDeg + zone.maxPanDeg) / 2, tiltDeg: (zone.minTiltDeg + zone.maxTiltDeg) / 2 };
}
