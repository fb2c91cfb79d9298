import { describe, expect, test } from 'vitest';
import { PtzHead } from '#test/simulators/visca/head.ts';
import { frameDeg, type Lens } from './optics.ts';
import { Framer, type Goal } from './framer.ts';

/** The simulated lecturer's walk (test/simulators/classroom/script.py): phase, seconds, and where it ends, degrees of pan. */
const LEGS = [
  ['talk', 9, 1340], ['walk', 5, 1760], ['point', 8, 1760], ['walk', 4, 1500], ['explain', 8, 1500],
  ['walk', 6, 1990], ['point', 8, 1990], ['explain', 5, 1990], ['walk', 7, 1340],
] as const;
const CYCLE_S = 60;
const LENS: Lens = { fieldOfViewDeg: 60, aspect: 16 / 9 };
const PICTURE_MS = 160;
const LATENCY_MS = 250;
const FOLLOW: Goal = { kind: 'follow', zone: null };

function eased(part: number): number {
  return part * part * (3 - 2 * part);
}

function lecturerAt(atMs: number, stands: boolean): { panDeg: number; tiltDeg: number; walks: boolean } {
  if (stands) return { panDeg: 4 + 0.14 * Math.sin((2 * Math.PI * atMs) / 4_500), tiltDeg: 4.5, walks: false };
  let since = (atMs / 1000) % CYCLE_S;
  let from: number = LEGS[LEGS.length - 1]?.[2] ?? 0;
  for (const [phase, seconds, to] of LEGS) {
    if (since < seconds) {
      const x = phase === 'walk' ? from + (to - from) * eased(since / seconds) : to;
      return { panDeg: ((x - 1600) * 3) / 64, tiltDeg: 4.5 + (phase === 'walk' ? 0.23 * Math.abs(Math.sin((Math.PI * since) / 0.55)) : 0), walks: phase === 'walk' };
    }
    since -= seconds;
    from = to;
  }
  throw new Error('the walk has no such second');
}

/** The same noise in every run. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31 - 0.5;
  };
}

interface Drive {
  readonly seconds: number;
  readonly stands?: boolean;
  readonly zoom?: number;
  /** Of the person at zoom 1, from the face to the shoulders. */
  readonly size?: number;
  /** A box without time: steps, positions read back and pictures come up to so much later than they should, at random, ms. */
  readonly lateMs?: number;
  /** A head whose speeds are other than expected. */
  readonly speeds?: (fraction: number) => number;
}

interface Outcome {
  readonly inside: number;
  /** Of standing. */
  readonly reversalsPerMinute: number;
  readonly zoom: number;
}

/** The framer drives the simulator's own head and sees through a fake detector: late, noisy, and now and then blind. */
function run({ seconds, stands = false, zoom = 1, size: share = 0.15, lateMs = 0, speeds }: Drive): Outcome {
  const head = new PtzHead(0);
  head.perform({ kind: 'zoom-to', position: ((zoom - 1) / 3) * 0x4000 }, () => undefined);
  for (let atMs = 0; atMs <= 5_000; atMs += 20) head.tick(atMs);
  const framer = new Framer({ lens: LENS, fullSpeed: { panDegPerS: 60, tiltDegPerS: 40 } });
  const random = noise(7);
  const pictures: { dueMs: number; atMs: number; head: { x: number; y: number }; size: number }[] = [];
  let [inside, samples, reversals, direction] = [0, 0, 0, 0];
  let said = head.viewport();
  let [saidAtMs, stepAtMs, standsSinceMs, standingMs] = [0, 0, 0, 0];
  const late = (): number => Math.round(lateMs * (random() + 0.5));
  for (let atMs = 5_000; atMs < 5_000 + seconds * 1000; atMs += 20) {
    head.tick(atMs);
    const view = head.viewport();
    const lecturer = lecturerAt(atMs, stands);
    const frame = frameDeg(LENS, view.zoom);
    // The simulator's lens is flat: so many degrees a pixel, wherever in the picture.
    const [across, down] = [60 / view.zoom, 33.75 / view.zoom];
    const face = { x: 0.5 + (lecturer.panDeg - view.panDeg) / across, y: 0.5 - (lecturer.tiltDeg - view.tiltDeg) / down };
    if (atMs >= saidAtMs) {
      said = view;
      saidAtMs = atMs + 200 + late();
    }
    if (atMs % PICTURE_MS === 0 && random() > -0.45) {
      const size = (share * frameDeg(LENS, 1).down) / frame.down + random() * 0.01;
      pictures.push({ dueMs: atMs + LATENCY_MS + late(), atMs, head: { x: face.x + random() * 0.012, y: face.y + random() * 0.012 }, size });
    }
    while ((pictures[0]?.dueMs ?? Infinity) <= atMs) framer.saw(pictures.shift() ?? raise());
    if (atMs >= stepAtMs) {
      drive(head, framer.step(atMs, said, FOLLOW), speeds);
      stepAtMs = atMs + 100 + late();
    }
    if (atMs < 9_000) continue;
    samples += 1;
    if (Math.abs(face.x - 0.5) <= 1 / 6 && Math.abs(face.y - 0.5) <= 1 / 6) inside += 1;
    // As long as he walks, and a moment after, the camera has every reason to turn.
    if (lecturer.walks) standsSinceMs = atMs + 1_500;
    if (atMs < standsSinceMs) direction = 0;
    else standingMs += 20;
    const sign = atMs < standsSinceMs ? 0 : Math.sign(Math.round(view.panRate * 10));
    if (sign !== 0 && direction !== 0 && sign !== direction) reversals += 1;
    if (sign !== 0) direction = sign;
  }
  return { inside: inside / samples, reversalsPerMinute: (reversals * 60_000) / standingMs, zoom: head.viewport().zoom };
}

function drive(head: PtzHead, velocity: { pan: number; tilt: number; zoom: number }, speeds?: (fraction: number) => number): void {
  const step = (fraction: number, steps: number): number => Math.round(Math.abs(speeds === undefined ? fraction : speeds(fraction)) * steps);
  head.perform({
    kind: 'drive', right: sign(velocity.pan), up: sign(velocity.tilt), panSpeed: Math.max(1, step(velocity.pan, 24)), tiltSpeed: Math.max(1, step(velocity.tilt, 20)),
  }, () => undefined);
  head.perform({ kind: 'zoom-drive', direction: sign(velocity.zoom), speed: Math.round(Math.abs(velocity.zoom) * 7) }, () => undefined);
}

function sign(value: number): -1 | 0 | 1 {
  return value > 0 ? 1 : value < 0 ? -1 : 0;
}

function raise(): never {
  throw new Error('no picture');
}

describe('the framer in a closed loop with the simulated head, pictures 250 ms late', () => {
  test.each([1, 1.5, 2, 3])('keeps the head in the middle third while the lecturer walks, beginning at zoom %d', (zoom) => {
    const { inside, reversalsPerMinute } = run({ seconds: 180, zoom });
    expect(inside).toBeGreaterThanOrEqual(0.95);
    expect(reversalsPerMinute).toBeLessThanOrEqual(2);
  });

  test.each([100, 200, 300])('so it does, and rests while he stands, where everything comes up to %d ms late', (lateMs) => {
    const { inside, reversalsPerMinute } = run({ seconds: 300, lateMs });
    expect(inside).toBeGreaterThanOrEqual(0.95);
    expect(reversalsPerMinute).toBeLessThanOrEqual(2);
  });

  test.each([1, 1.5])('rests while the lecturer stands and leans, at zoom %d', (zoom) => {
    const { inside, reversalsPerMinute } = run({ seconds: 180, stands: true, zoom });
    expect(inside).toBeGreaterThanOrEqual(0.95);
    expect(reversalsPerMinute).toBeLessThanOrEqual(2);
  });

  test('learns a head that turns half as fast again as most do', () => {
    expect(run({ seconds: 180, speeds: (fraction) => Math.min(1, Math.abs(fraction) + 0.1) }).inside).toBeGreaterThanOrEqual(0.95);
  });

  test('comes nearer to somebody small, and goes back from somebody large', () => {
    expect(run({ seconds: 60, stands: true, zoom: 3 }).zoom).toBeLessThan(2);
    expect(run({ seconds: 60, stands: true, size: 0.08 }).zoom).toBeGreaterThan(1.5);
  });

  test('stops while it sees nothing, and looks at the whole room when told to', () => {
    const framer = new Framer({ lens: LENS, fullSpeed: { panDegPerS: 60, tiltDegPerS: 40 } });
    const at = { panDeg: 0, tiltDeg: 0, zoom: 2 };
    for (let atMs = 0; atMs <= 1_000; atMs += 100) {
      framer.step(atMs, at, FOLLOW);
      framer.saw({ atMs, head: { x: 0.8, y: 0.41 }, size: 0.16 });
    }
    expect(framer.step(1_100, at, FOLLOW).pan).toBeGreaterThan(0);
    for (let atMs = 1_200; atMs <= 2_500; atMs += 100) framer.step(atMs, at, FOLLOW);
    expect(framer.step(2_600, at, FOLLOW)).toEqual({ pan: 0, tilt: 0, zoom: 0 });
    const towards = { panDeg: -20, tiltDeg: 0 };
    for (let atMs = 2_700; atMs <= 3_500; atMs += 100) framer.step(atMs, at, { kind: 'wide', towards });
    const wide = framer.step(3_600, at, { kind: 'wide', towards });
    expect(wide.pan).toBeLessThan(0);
    expect(wide.zoom).toBeLessThan(0);
  });

  test('waits at the edge of its zone', () => {
    const framer = new Framer({ lens: LENS, fullSpeed: { panDegPerS: 60, tiltDegPerS: 40 } });
    const zone = { minPanDeg: -5, maxPanDeg: 5, minTiltDeg: -5, maxTiltDeg: 5 };
    const at = { panDeg: 5, tiltDeg: 0, zoom: 1 };
    for (let atMs = 0; atMs <= 2_000; atMs += 100) {
      expect(framer.step(atMs, at, { kind: 'follow', zone }).pan).toBe(0);
      framer.saw({ atMs, head: { x: 0.9, y: 0.41 }, size: 0.16 });
    }
  });
});
