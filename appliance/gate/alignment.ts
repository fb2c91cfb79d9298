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
  /** What the room's sounds are kept longer than usual, because they came too late with less. */
  readonly jitterMs: number;
}

/** A network camera, its encoder and our decoder; a microphone. Measured in the simulated room. */
const USUAL_MS = { camera: 120, picture: 120, sound: 10 } as const;
/** Sound is kept so long against the jitter of its packets, and longer where that was too little; pictures wait for it. */
const SOUND_HOLD_MS = 110;
const JITTER_STEP_MS = 15;
const JITTER_MAX_MS = 90;
const TOLERANCE_MS = 20;
/** A source that is later than this is not waited for. */
const HOLD_MAX_MS = 300;
/** While somebody watches and listens the program moves in time no faster than nobody can see or hear, ms a second. */
const SLEW_MS_PER_S = 2;

export const UNALIGNED: Alignment = { programMs: USUAL_MS.camera + 40, holds: {}, jitterMs: 0 };

/**
 * Where every source has to be held (pure). The program is as old as the pictures of the camera, which cannot come sooner; sound is
 * exact to the sample and waits for them. Pictures and sounds that come sooner are held back, to the slowest, within bounds.
 */
export function align(before: Alignment, timings: readonly Timing[], steady: boolean, seconds: number): Alignment {
  const live = timings.filter((timing) => timing.live);
  const jitterMs = Math.min(JITTER_MAX_MS, before.jitterMs + (timings.some(({ gaps }) => gaps > 0) ? JITTER_STEP_MS : 0));
  const needsMs = neededAge(timings, jitterMs);
  const programMs = slewed(before.programMs, programAge(before, live), steady, seconds);
  const holds = timings.map((timing): [string, number] => {
    const held = before.holds[timing.id] ?? 0;
    // What sends nothing now stays where it was: it comes back to the same place.
    if (!timing.live && timing.kind !== 'sound') return [timing.id, held];
    if (timing.kind === 'sound') return [timing.id, within(programMs - latencyOf(timing), SOUND_HOLD_MS - TOLERANCE_MS)];
    const wanted = timing === leaderOf(live) ? needsMs : programMs;
    return [timing.id, pictureHold(timing, held, wanted, steady, seconds)];
  });
  return { programMs, holds: Object.fromEntries(holds), jitterMs };
}

/** How old the camera's pictures are when they are shown, with their present hold. Without any, the program stays as old as it was. */
function programAge(before: Alignment, live: readonly Timing[]): number {
  const leader = leaderOf(live);
  if (leader?.waitMs === null || leader === undefined) return before.programMs;
  return Math.min(latencyOf(leader) + leader.waitMs, USUAL_MS.camera + HOLD_MAX_MS);
}

function leaderOf(live: readonly Timing[]): Timing | undefined {
  const shown = live.filter(({ kind, waitMs }) => kind !== 'sound' && waitMs !== null);
  return shown.find(({ kind }) => kind === 'camera') ?? shown.toSorted((a, b) => latencyOf(b) - latencyOf(a))[0];
}

function pictureHold(timing: Timing, held: number, wanted: number, steady: boolean, seconds: number): number {
  const natural = latencyOf(timing) + (timing.waitMs ?? 0) - held;
  const missing = wanted - natural;
  // Pictures come every 40 ms: less than half of that is no improvement.
  const target = missing > TOLERANCE_MS ? within(missing, 0) : 0;
  return Math.abs(target - held) > TOLERANCE_MS ? slewed(held, target, steady, seconds) : held;
}

/** What the slowest of the sounds needs; microphones that are closed now too, so that nothing moves when they open. */
function neededAge(timings: readonly Timing[], jitterMs: number): number {
  return Math.max(0, ...timings.filter(({ kind }) => kind === 'sound').map((timing) => latencyOf(timing) + SOUND_HOLD_MS + jitterMs));
}

function latencyOf({ latencyMs, kind }: Timing): number {
  return latencyMs ?? USUAL_MS[kind];
}

function within(value: number, least: number): number {
  return Math.max(least, Math.min(HOLD_MAX_MS, value));
}

function slewed(before: number, wanted: number, steady: boolean, seconds: number): number {
  if (!steady) return wanted;
  const step = SLEW_MS_PER_S * seconds;
  return before + Math.max(-step, Math.min(step, wanted - before));
}
