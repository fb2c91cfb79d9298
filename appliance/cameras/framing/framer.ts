import type { FramingZone } from '../../contract/cameras.ts';
import type { CameraStatus, Velocity } from '../ptz-camera.ts';
import { fixAt, type HeadTrack, looked, NO_TRACK, type Rates } from './head-track.ts';
import { type Found, type Lecturer, NOBODY, saw, whereAt } from './lecturer.ts';
import { aboveMiddleDeg, type Direction, directionOf, frameDeg, type HeadFix, type Lens, type Point } from './optics.ts';
import { fractionFor, learnt, type SpeedCurve, speedOf, usualCurve } from './speed-curve.ts';
import { AT_REST, brake, steer, type Steered } from './steer.ts';
import { nextZoom, ZOOM_RESTS, type ZoomState } from './zoom-rule.ts';

/** A person in one picture. */
export interface Seen {
  /** When the picture was in the room, ms on the clock that `step` is told. */
  readonly atMs: number;
  readonly head: Point;
  /** From the face to the shoulders, as a share of the picture's height. */
  readonly size: number;
}

export type Goal =
  | { readonly kind: 'rest' }
  | { readonly kind: 'follow'; readonly zone: FramingZone | null }
  /** The whole room, looking that way. */
  | { readonly kind: 'wide'; readonly towards: Direction };

export interface FramerOptions {
  readonly lens: Lens;
  readonly fullSpeed: Rates;
}

type Position = Pick<CameraStatus, 'panDeg' | 'tiltDeg' | 'zoom'>;

/** Where in the picture the head belongs: the body fills what is below. */
const HEAD_Y = 0.41;
/** Room in front of who walks: as far as he gets in this time, and at most this share of the picture. */
const LEAD_S = 0.35;
const LEAD_MAX = 0.04;
/** From a command to the motor, and half a step of the pump. */
const ACTS_AFTER_MS = 120;
/** Without a sighting for this long the head stops: it would follow a guess. */
const BLIND_MS = 700;
/** The slowest that zooms go. */
const ZOOM_FRACTION = 0.07;
const WIDE_ZOOM = 1.05;
/** VISCA's speed steps (Sony and PTZOptics alike); finer than any other camera needs. */
const PAN_STEPS = 24;
const TILT_STEPS = 20;
const LESSON_MS = 1_000;

/** The camera operator's eye and hand: from what was seen, and where the camera says it looks, to how it is driven. No clock and no I/O. */
export class Framer {
  readonly #lens: Lens;
  #panCurve: SpeedCurve;
  #tiltCurve: SpeedCurve;
  #track: HeadTrack = NO_TRACK;
  #found: Found = NOBODY;
  #pan: Steered = AT_REST;
  #tilt: Steered = AT_REST;
  #zoom: ZoomState = ZOOM_RESTS;
  #told: Velocity = { pan: 0, tilt: 0, zoom: 0 };
  #steppedAtMs: number | null = null;
  #lesson: Lesson | null = null;

  constructor({ lens, fullSpeed }: FramerOptions) {
    this.#lens = lens;
    this.#panCurve = usualCurve(PAN_STEPS, fullSpeed.panDegPerS);
    this.#tiltCurve = usualCurve(TILT_STEPS, fullSpeed.tiltDegPerS);
  }

  /** The lecturer's last sighting, on the clock of `step`; null while there is nobody. */
  get seenAtMs(): number | null {
    return this.#found.kind === 'lecturer' ? this.#found.lecturer.seenAtMs : null;
  }

  /** Whoever was followed is forgotten: somebody else had the camera. */
  forget(): void {
    this.#found = NOBODY;
    this.#zoom = ZOOM_RESTS;
  }

  saw({ atMs, head, size }: Seen): void {
    const from = fixAt(this.#track, atMs);
    if (from === null) return;
    const sizeDeg = size * frameDeg(this.#lens, from.zoom).down;
    this.#found = saw(this.#found, { atMs, sizeDeg, ...directionOf(head, from, this.#lens) });
  }

  /** How the head is driven until the next step, some 100 ms later. */
  step(nowMs: number, status: Position, goal: Goal): Velocity {
    const seconds = this.#steppedAtMs === null ? 0 : Math.min(0.5, (nowMs - this.#steppedAtMs) / 1000);
    this.#steppedAtMs = nowMs;
    this.#look(nowMs, status, seconds);
    const head = this.#track.fixes.at(-1);
    if (head !== undefined) this.#steer(nowMs, head, goal, seconds);
    const zoom = this.#zoom.zooming * ZOOM_FRACTION;
    this.#told = { pan: fractionFor(this.#panCurve, this.#pan.degPerS), tilt: fractionFor(this.#tiltCurve, this.#tilt.degPerS), zoom };
    return this.#told;
  }

  #look(nowMs: number, { panDeg, tiltDeg, zoom }: Position, seconds: number): void {
    const rates = { panDegPerS: speedOf(this.#panCurve, this.#told.pan), tiltDegPerS: speedOf(this.#tiltCurve, this.#told.tilt) };
    const before = this.#track.said;
    this.#track = looked(this.#track, { panDeg, tiltDeg, zoom }, nowMs, rates);
    this.#learn(nowMs, seconds, this.#track.said !== before);
  }

  /** From one position read back to another, a second or more later. */
  #learn(nowMs: number, seconds: number, isNew: boolean): void {
    const { said } = this.#track;
    if (said === null) return;
    this.#lesson = { from: this.#lesson?.from ?? said, told: [...(this.#lesson?.told ?? []), { ...this.#told, seconds }] };
    const { from, told } = this.#lesson;
    if (!isNew || nowMs - from.atMs < LESSON_MS) return;
    const lessonOf = (axis: 'pan' | 'tilt') => told.map((one) => ({ fraction: one[axis], seconds: one.seconds }));
    this.#panCurve = learnt(this.#panCurve, { told: lessonOf('pan'), deg: said.panDeg - from.panDeg });
    this.#tiltCurve = learnt(this.#tiltCurve, { told: lessonOf('tilt'), deg: said.tiltDeg - from.tiltDeg });
    this.#lesson = { from: said, told: [] };
  }

  #steer(nowMs: number, head: HeadFix, goal: Goal, seconds: number): void {
    const frame = frameDeg(this.#lens, head.zoom);
    const aim = goal.kind === 'follow' ? this.#following(nowMs, head, goal.zone) : goal.kind === 'wide' ? { ...STANDING, ...goal.towards } : null;
    if (aim === null) {
      this.#pan = brake(this.#pan, frame.across, seconds);
      this.#tilt = brake(this.#tilt, frame.down, seconds);
    } else {
      this.#pan = steer(this.#pan, { errorDeg: aim.panDeg - head.panDeg, rateDegPerS: aim.panDegPerS, frameDeg: frame.across }, seconds);
      this.#tilt = steer(this.#tilt, { errorDeg: aim.tiltDeg - head.tiltDeg, rateDegPerS: aim.tiltDegPerS, frameDeg: frame.down }, seconds);
    }
    this.#zoom = this.#zoomFor(nowMs, head, goal, aim !== null);
  }

  #following(nowMs: number, head: HeadFix, zone: FramingZone | null): (Direction & Rates) | null {
    const lecturer = this.#inSight(nowMs);
    if (lecturer === null) return null;
    const where = whereAt(lecturer, Math.min(nowMs + ACTS_AFTER_MS, lecturer.seenAtMs + BLIND_MS));
    const leadMax = LEAD_MAX * frameDeg(this.#lens, head.zoom).across;
    const lead = Math.max(-leadMax, Math.min(leadMax, lecturer.pan.rate * LEAD_S));
    const wanted = { panDeg: where.panDeg + lead, tiltDeg: where.tiltDeg - aboveMiddleDeg(HEAD_Y, head.zoom, this.#lens) };
    return within(zone, { ...wanted, panDegPerS: lecturer.pan.rate, tiltDegPerS: lecturer.tilt.rate });
  }

  #inSight(nowMs: number): Lecturer | null {
    if (this.#found.kind === 'nobody' || nowMs - this.#found.lecturer.seenAtMs > BLIND_MS) return null;
    return this.#found.lecturer;
  }

  #zoomFor(nowMs: number, head: HeadFix, goal: Goal, isFollowing: boolean): ZoomState {
    if (goal.kind === 'wide') return { zooming: head.zoom > WIDE_ZOOM ? -1 : 0, offSinceMs: null };
    if (!isFollowing || this.#found.kind === 'nobody') return ZOOM_RESTS;
    const share = this.#found.lecturer.sizeDeg / frameDeg(this.#lens, head.zoom).down;
    const next = nextZoom(this.#zoom, share, this.#pan.degPerS === 0 && this.#tilt.degPerS === 0, nowMs);
    return next.zooming < 0 && head.zoom <= WIDE_ZOOM ? { ...next, zooming: 0 } : next;
  }
}

interface Lesson {
  readonly from: HeadFix;
  readonly told: readonly (Velocity & { readonly seconds: number })[];
}

const STANDING: Rates = { panDegPerS: 0, tiltDegPerS: 0 };

/** At the zone's edge the head waits for whoever left it. */
function within(zone: FramingZone | null, aim: Direction & Rates): Direction & Rates {
  if (zone === null) return aim;
  const panDeg = Math.min(zone.maxPanDeg, Math.max(zone.minPanDeg, aim.panDeg));
  const tiltDeg = Math.min(zone.maxTiltDeg, Math.max(zone.minTiltDeg, aim.tiltDeg));
  return {
    panDeg, tiltDeg,
    panDegPerS: panDeg === aim.panDeg ? aim.panDegPerS : 0,
    tiltDegPerS: tiltDeg === aim.tiltDeg ? aim.tiltDegPerS : 0,
  };
}
