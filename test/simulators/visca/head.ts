import { advance, isMoving, type Axis, type Goal, type Limits } from './kinematics.ts';
import type { Action } from './parse.ts';
import type { SettingName } from './settings.ts';

/** What the lens looks at, and how fast that changes (degrees a second). */
export interface Viewport {
  readonly atMs: number;
  readonly panDeg: number;
  readonly tiltDeg: number;
  /** Magnification, 1 is wide. */
  readonly zoom: number;
  readonly panRate: number;
  readonly tiltRate: number;
}

export type Outcome =
  | { readonly type: 'done' }
  | { readonly type: 'refused' }
  /** Finished later: `finished` is called when the motion arrived or another one took its place. */
  | { readonly type: 'moving' };

/** EVI, SRG and PTZOptics heads all count 14.4 motor steps a degree. */
export const STEPS_PER_DEGREE = 14.4;
export const ZOOM_STEPS = 0x4000;
export const MAX_ZOOM = 4;
const PAN: Limits = { min: -45, max: 45, acceleration: 180 };
const TILT: Limits = { min: -16, max: 16, acceleration: 140 };
/** The natural logarithm of the magnification, so that a steady zoom looks steady. */
const ZOOM: Limits = { min: 0, max: Math.log(MAX_ZOOM), acceleration: 4 };
const FASTEST = { panStep: 0x18, tiltStep: 0x14, panDegPerS: 60, tiltDegPerS: 40, zoomPerS: 0.9 };
/** PTZOptics: 0 to 89 and 100 to 254; 90 to 99 are the menu's. */
const isPresetNumber = (number: number): boolean => number >= 0 && number <= 254 && !(number >= 90 && number <= 99);

/** What a head says that it is, and how it counts. */
export interface Persona {
  readonly vendor: number;
  readonly model: number;
  readonly firmware: number;
  readonly stepsPerDegree: number;
  readonly panNibbles: 4 | 5;
}

const NOBODY: Persona = { vendor: 0x7357, model: 0x0001, firmware: 0x0100, stepsPerDegree: STEPS_PER_DEGREE, panNibbles: 4 };
/** What a camera comes up with. */
const FACTORY: readonly (readonly [SettingName, number])[] = [['focus', 0x02], ['white-balance', 0x00], ['exposure', 0x00], ['tally-red', 0x03]];

interface Motion {
  readonly axes: readonly AxisName[];
  readonly finished: () => void;
}
type AxisName = 'pan' | 'tilt' | 'zoom';

const REST: Axis = { position: 0, velocity: 0, goal: { kind: 'hold' } };

/** The camera's head: three motors, presets, power. Time is given to it by {@link PtzHead.tick}. */
export class PtzHead {
  readonly #axes: Record<AxisName, Axis> = { pan: REST, tilt: REST, zoom: REST };
  readonly #presets = new Map<number, Record<AxisName, number>>();
  readonly #listeners = new Set<(event: 'gone' | 'back') => void>();
  readonly persona: Persona;
  #settings = new Map<SettingName, number>(FACTORY);
  #corners: Partial<Record<'up-right' | 'down-left', { readonly panDeg: number; readonly tiltDeg: number }>> = {};
  #motions: Motion[] = [];
  #on = true;
  #nowMs: number;
  #backAtMs = Number.NEGATIVE_INFINITY;
  #boots = 1;

  constructor(nowMs: number, persona: Partial<Persona> = {}) {
    this.#nowMs = nowMs;
    this.persona = { ...NOBODY, ...persona };
  }

  setting(name: SettingName): number | undefined {
    return this.#settings.get(name);
  }

  /** Booting: nothing is heard and nothing is answered. */
  get away(): boolean {
    return this.#nowMs < this.#backAtMs;
  }

  /** Counts up with every reboot: what was being carried out before is forgotten. */
  get boots(): number {
    return this.#boots;
  }

  /** As after a power cut: the head turns to its zero, settings are the factory's; cheap heads forget their presets too. */
  reboot(awayMs: number, { forgets = false } = {}): void {
    this.#backAtMs = this.#nowMs + awayMs;
    this.#boots++;
    this.#motions = [];
    this.#on = true;
    this.#settings = new Map(FACTORY);
    this.#corners = {};
    if (forgets) this.#presets.clear();
    for (const name of ['pan', 'tilt', 'zoom'] as const) this.#axes[name] = REST;
    for (const listener of this.#listeners) listener('gone');
  }

  /** Links break when the head goes, and a chain is told when it is back. Returns the unsubscribe. */
  onReboot(listener: (event: 'gone' | 'back') => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get on(): boolean {
    return this.#on;
  }

  get moving(): boolean {
    return Object.values(this.#axes).some(isMoving);
  }

  /** Carries the motors on to `nowMs`; finishes the motions that arrived. */
  tick(nowMs: number): void {
    const seconds = Math.min(Math.max(nowMs - this.#nowMs, 0), 1_000) / 1_000;
    const wasAway = this.away;
    this.#nowMs = nowMs;
    if (wasAway && !this.away) for (const listener of this.#listeners) listener('back');
    const { 'up-right': most, 'down-left': least } = this.#corners;
    this.#axes.pan = advance(this.#axes.pan, { ...PAN, max: most?.panDeg ?? PAN.max, min: least?.panDeg ?? PAN.min }, seconds);
    this.#axes.tilt = advance(this.#axes.tilt, { ...TILT, max: most?.tiltDeg ?? TILT.max, min: least?.tiltDeg ?? TILT.min }, seconds);
    this.#axes.zoom = advance(this.#axes.zoom, ZOOM, seconds);
    this.#finish(({ axes }) => axes.every((name) => !isMoving(this.#axes[name])));
  }

  viewport(): Viewport {
    const { pan, tilt, zoom } = this.#axes;
    const rates = { panRate: pan.velocity, tiltRate: tilt.velocity };
    return { atMs: this.#nowMs, panDeg: pan.position, tiltDeg: tilt.position, zoom: Math.exp(zoom.position), ...rates };
  }

  /** Position in motor steps: pan and tilt signed, zoom 0 to 4000 hex (linear in the magnification). */
  steps(): { pan: number; tilt: number; zoom: number } {
    const { panDeg, tiltDeg, zoom } = this.viewport();
    return {
      pan: Math.round(panDeg * this.persona.stepsPerDegree),
      tilt: Math.round(tiltDeg * this.persona.stepsPerDegree),
      zoom: Math.round(((zoom - 1) / (MAX_ZOOM - 1)) * ZOOM_STEPS),
    };
  }

  perform(action: Action, finished: () => void): Outcome {
    if (action.kind === 'power') return this.#power(action.on);
    if (!this.#on) return { type: 'refused' };
    const { stepsPerDegree } = this.persona;
    switch (action.kind) {
      case 'drive':
        return this.#drive(action);
      case 'move-to':
        return this.#moveTo(action.pan / stepsPerDegree, action.tilt / stepsPerDegree, action, finished);
      case 'move-by': {
        const { pan, tilt } = this.#axes;
        return this.#moveTo(pan.position + action.pan / stepsPerDegree, tilt.position + action.tilt / stepsPerDegree, action, finished);
      }
      case 'home':
        return this.#moveTo(0, 0, { panSpeed: 0x14, tiltSpeed: 0x12 }, finished);
      case 'zoom-drive':
        return this.#set({ zoom: { kind: 'speed', velocity: action.direction * zoomSpeed(action.speed) } });
      case 'zoom-to':
        return this.#set({ zoom: goTo(zoomAt(action.position), FASTEST.zoomPerS) }, finished);
      case 'preset':
        return this.#preset(action.verb, action.number, finished);
      case 'setting':
        this.#settings.set(action.name, action.value);
        return { type: 'done' };
      case 'limit':
        return this.#limit(action.corner, action.at && { panDeg: action.at.pan / stepsPerDegree, tiltDeg: action.at.tilt / stepsPerDegree });
    }
  }

  /** Stops where it is, as a cancel does. */
  halt(): void {
    const still: Goal = { kind: 'speed', velocity: 0 };
    this.#set({ pan: still, tilt: still, zoom: still });
  }

  #drive(action: Extract<Action, { kind: 'drive' }>): Outcome {
    return this.#set({
      pan: { kind: 'speed', velocity: action.right * panSpeed(action.panSpeed) },
      tilt: { kind: 'speed', velocity: action.up * tiltSpeed(action.tiltSpeed) },
    });
  }

  #moveTo(panDeg: number, tiltDeg: number, speed: { panSpeed: number; tiltSpeed: number }, finished: () => void): Outcome {
    return this.#set({ pan: goTo(panDeg, panSpeed(speed.panSpeed)), tilt: goTo(tiltDeg, tiltSpeed(speed.tiltSpeed)) }, finished);
  }

  /** A corner that would lie on the wrong side of where the head stands can't be set. */
  #limit(corner: 'up-right' | 'down-left', at: { panDeg: number; tiltDeg: number } | null): Outcome {
    const { panDeg, tiltDeg } = this.viewport();
    const side = corner === 'up-right' ? 1 : -1;
    if (at !== null && ((at.panDeg - panDeg) * side < 0 || (at.tiltDeg - tiltDeg) * side < 0)) return { type: 'refused' };
    const { [corner]: _old, ...others } = this.#corners;
    this.#corners = at === null ? others : { ...others, [corner]: at };
    return { type: 'done' };
  }

  #preset(verb: 'reset' | 'set' | 'recall', number: number, finished: () => void): Outcome {
    if (!isPresetNumber(number)) return { type: 'refused' };
    const { pan, tilt, zoom } = this.#axes;
    if (verb === 'reset') this.#presets.delete(number);
    if (verb === 'set') this.#presets.set(number, { pan: pan.position, tilt: tilt.position, zoom: zoom.position });
    if (verb !== 'recall') return { type: 'done' };
    const saved = this.#presets.get(number);
    if (!saved) return { type: 'refused' };
    const { panDegPerS, tiltDegPerS, zoomPerS } = FASTEST;
    return this.#set({ pan: goTo(saved.pan, panDegPerS), tilt: goTo(saved.tilt, tiltDegPerS), zoom: goTo(saved.zoom, zoomPerS) }, finished);
  }

  #power(on: boolean): Outcome {
    if (!on) this.halt();
    this.#on = on;
    return { type: 'done' };
  }

  /** New goals take the place of running ones; what ran on these axes counts as finished. */
  #set(goals: Partial<Record<AxisName, Goal>>, finished?: () => void): Outcome {
    const axes = Object.keys(goals) as AxisName[];
    this.#finish((motion) => motion.axes.some((name) => axes.includes(name)));
    for (const name of axes) this.#axes[name] = { ...this.#axes[name], goal: goals[name] ?? { kind: 'hold' } };
    if (!finished) return { type: 'done' };
    this.#motions.push({ axes, finished });
    return { type: 'moving' };
  }

  #finish(ended: (motion: Motion) => boolean): void {
    const over = this.#motions.filter(ended);
    if (over.length === 0) return;
    this.#motions = this.#motions.filter((motion) => !over.includes(motion));
    for (const motion of over) motion.finished();
  }
}

function goTo(position: number, maxSpeed: number): Goal {
  return { kind: 'position', position, maxSpeed };
}

/** Speed steps are geometric: the slow ones are for framing, the fast ones for getting there. */
function panSpeed(step: number): number {
  return geometric(step, FASTEST.panStep, FASTEST.panDegPerS);
}

function tiltSpeed(step: number): number {
  return geometric(step, FASTEST.tiltStep, FASTEST.tiltDegPerS);
}

function geometric(step: number, steps: number, fastest: number): number {
  const part = (Math.min(Math.max(step, 1), steps) - 1) / (steps - 1);
  return fastest ** part;
}

function zoomSpeed(step: number): number {
  return FASTEST.zoomPerS * ((Math.min(step, 7) + 1) / 8);
}

function zoomAt(steps: number): number {
  return Math.log(1 + (Math.min(steps, ZOOM_STEPS) / ZOOM_STEPS) * (MAX_ZOOM - 1));
}
