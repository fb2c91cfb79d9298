/** How old one source's sound or picture is on its way to the program. */
export interface Timing {
  readonly id: string;
  readonly kind: 'camera' | 'picture' | 'sound';
  /** From the room to the gate, ms; null where nobody measured it. */
  readonly latencyMs: number | null;
  /** Pictures: from the gate to the program with the present hold, ms, as it was lately; null where there was none. */
  readonly waitMs: number | null;
  readonly live: boolean;
  /** Sounds: how often since the last step samples came too late. */
  readonly gaps: number;
}

export interface Alignment {
  /** The program shows and tells what was in the room so long ago. */
  readonly programMs: number;
  /** By source: how long the gate keeps what has come, so that what happened together is on air together. */
  readonly holds: Readonly<Record<string, number>>;
  /** What the room's sounds are kept longer than usual, because since the microphones were opened they came too late with less. */
  readonly jitterMs: number;
  /** By source, and `program`: for how many seconds it has been too far from where it belongs to be moved there slowly. */
  readonly away: Readonly<Record<string, number>>;
}

/** A network camera, its encoder and our decoder; a microphone. Measured in the simulated room. */
const USUAL_MS = { camera: 120, picture: 120, sound: 10 } as const;
/** Sound is kept so long against the jitter of its packets, and longer where that was too little; pictures wait for it. */
const SOUND_HOLD_MS = 110;
const JITTER_STEP_MS = 15;
const JITTER_MAX_MS = 90;
const TOLERANCE_MS = 20;
/** A picture is on at a tick: it comes to within half a tick of where it belongs, and stays until it is so much further off. */
const HYSTERESIS_MS = 8;
/** A source that is later than this is not waited for. */
const HOLD_MAX_MS = 300;
/** However late the camera is, up to this its sound has to follow it. */
const AGE_MAX_MS = USUAL_MS.camera + HOLD_MAX_MS;
/** While somebody watches and listens the program moves in time no faster than nobody can see or hear, ms a second. */
const SLEW_MS_PER_S = 2;
/** What is so far off for so long is moved at once after all: a picture shown twice, or a cut between two words, for half a minute of lips out of step. */
const LEAP_MS = 30;
const LEAP_AFTER_S = 4;

export const UNALIGNED: Alignment = { programMs: USUAL_MS.camera + 40, holds: {}, jitterMs: 0, away: {} };

export interface Step {
  /** Somebody watches and listens. */
  readonly steady: boolean;
  /** Since the step before. */
  readonly seconds: number;
  /** From one picture of the program to the next. */
  readonly frameMs: number;
}

/**
 * Where every source has to be held (pure). The program is as old as the pictures of the camera, which cannot come sooner; sound is
 * exact to the sample and waits for them. Pictures and sounds that come sooner are held back, to the slowest, within bounds.
 */
export function align(before: Alignment, timings: readonly Timing[], { steady, seconds, frameMs }: Step): Alignment {
  const live = timings.filter((timing) => timing.live);
  const jitterMs = heldForJitter(before, timings, steady);
  const needsMs = neededAge(timings, jitterMs);
  const pace = new Pace(before.away, steady, seconds);
  const leader = leaderOf(live);
  const programMs = pace.move('program', before.programMs, programAge(before, leader));
  const holds = timings.map((timing): [string, number] => {
    const held = before.holds[timing.id] ?? 0;
    if (timing.kind === 'sound') return [timing.id, within(programMs - latencyOf(timing), SOUND_HOLD_MS - TOLERANCE_MS, AGE_MAX_MS)];
    // What sends nothing now stays where it was: it comes back to the same place.
    if (!timing.live || timing.waitMs === null) return [timing.id, held];
    const offMs = timing.waitMs + latencyOf(timing) - (timing === leader ? needsMs : programMs);
    const hold = pace.move(timing.id, held, wantedHold({ waitMs: timing.waitMs, held, offMs, frameMs }));
    // Sound follows where the camera went.
    if (timing === leader && Math.abs(hold - held) > LEAP_MS) pace.hurry('program');
    return [timing.id, hold];
  });
  return { programMs, holds: Object.fromEntries(holds), jitterMs, away: pace.away };
}

/** How things are brought to where they belong: at once, but while somebody watches and listens. */
class Pace {
  readonly away: Record<string, number> = {};
  readonly #before: Alignment['away'];
  readonly #steady: boolean;
  readonly #seconds: number;

  constructor(before: Alignment['away'], steady: boolean, seconds: number) {
    this.#before = before;
    this.#steady = steady;
    this.#seconds = seconds;
  }

  move(id: string, from: number, to: number): number {
    const isFar = Math.abs(to - from) > LEAP_MS;
    const away = isFar ? (this.#before[id] ?? 0) + this.#seconds : 0;
    const leaps = !this.#steady || away > LEAP_AFTER_S;
    this.away[id] = leaps ? 0 : away;
    const step = SLEW_MS_PER_S * this.#seconds;
    return leaps ? to : from + Math.max(-step, Math.min(step, to - from));
  }

  /** If it is far off at the next step, it is moved at once. */
  hurry(id: string): void {
    this.away[id] = LEAP_AFTER_S;
  }
}

/** How old the camera's pictures are when they are shown, with their present hold. Without any, the program stays as old as it was. */
function programAge(before: Alignment, leader: Timing | undefined): number {
  if (leader === undefined || leader.waitMs === null) return before.programMs;
  return Math.min(latencyOf(leader) + leader.waitMs, AGE_MAX_MS);
}

function leaderOf(live: readonly Timing[]): Timing | undefined {
  const shown = live.filter(({ kind }) => kind !== 'sound');
  return shown.find(({ kind }) => kind === 'camera') ?? shown.toSorted((a, b) => latencyOf(b) - latencyOf(a))[0];
}

/**
 * For a picture that waited `waitMs` with the hold it has and was on `offMs` too late. It is due in the middle between two ticks, so that neither
 * its jitter nor a tick that comes late puts it on at another tick now and then.
 */
function wantedHold({ waitMs, held, offMs, frameMs }: { waitMs: number; held: number; offMs: number; frameMs: number }): number {
  const half = frameMs / 2;
  const stays = offMs >= -half - HYSTERESIS_MS && offMs <= half + HYSTERESIS_MS;
  const spareMs = waitMs - held;
  if (stays && (held === 0 || Math.abs(spareMs - half) < half - HYSTERESIS_MS)) return held;
  const frames = stays ? 0 : Math.ceil((-offMs - half) / frameMs);
  return within(waitMs + frames * frameMs - half, 0, HOLD_MAX_MS);
}

/** Grows with every gap, as the next one in the same class would be heard too; a hiccup of last week's must not delay what is live for good. */
function heldForJitter(before: Alignment, timings: readonly Timing[], steady: boolean): number {
  const sounds = timings.filter(({ kind }) => kind === 'sound');
  if (!steady && !sounds.some(({ live }) => live)) return 0;
  return Math.min(JITTER_MAX_MS, before.jitterMs + (sounds.some(({ gaps }) => gaps > 0) ? JITTER_STEP_MS : 0));
}

/** What the slowest of the sounds needs; microphones that are closed now too, so that nothing moves when they open. */
function neededAge(timings: readonly Timing[], jitterMs: number): number {
  return Math.max(0, ...timings.filter(({ kind }) => kind === 'sound').map((timing) => latencyOf(timing) + SOUND_HOLD_MS + jitterMs));
}

function latencyOf({ latencyMs, kind }: Timing): number {
  return latencyMs ?? USUAL_MS[kind];
}

function within(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
