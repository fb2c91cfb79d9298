import { describe, expect, test } from 'vitest';
import { fixAt, looked, NO_TRACK } from './head-track.ts';
import { NOBODY, saw, type Sighting, whereAt } from './lecturer.ts';
import { filtered, firstValue } from './one-euro.ts';
import { directionOf, frameDeg } from './optics.ts';
import { type Facts, situationOf } from './situation.ts';
import { fractionFor, learnt, speedOf, usualCurve } from './speed-curve.ts';
import { AT_REST, brake, steer } from './steer.ts';
import { AT_EASE, nextYielding, type Load, type Yielding } from './yield-rule.ts';
import { nextZoom, ZOOM_RESTS } from './zoom-rule.ts';

const LENS = { fieldOfViewDeg: 60, aspect: 16 / 9 };

describe('optics', () => {
  test.each([
    [{ x: 0.5, y: 0.5 }, 1, { panDeg: 10, tiltDeg: 2 }],
    [{ x: 1, y: 0.5 }, 1, { panDeg: 40, tiltDeg: 2 }],
    [{ x: 0, y: 0.5 }, 2, { panDeg: -6.1, tiltDeg: 2 }],
    [{ x: 0.5, y: 0 }, 1, { panDeg: 10, tiltDeg: 19.99 }],
  ])('a point %j at zoom %d is in direction %j', (point, zoom, expected) => {
    const { panDeg, tiltDeg } = directionOf(point, { atMs: 0, panDeg: 10, tiltDeg: 2, zoom }, LENS);
    expect(panDeg).toBeCloseTo(expected.panDeg, 1);
    expect(tiltDeg).toBeCloseTo(expected.tiltDeg, 1);
  });

  test('a picture has its degrees', () => {
    expect(frameDeg(LENS, 1).across).toBeCloseTo(60);
    expect(frameDeg(LENS, 1).down).toBeCloseTo(35.98, 1);
  });
});

describe('the one-euro filter', () => {
  const tuning = { minCutoffHz: 0.7, beta: 0.25, rateCutoffHz: 0.8 };
  const fed = (value: (atMs: number) => number) => {
    let state = firstValue(value(0), 0);
    for (let atMs = 160; atMs <= 4_800; atMs += 160) state = filtered(state, value(atMs), atMs, tuning);
    return state;
  };

  test('takes the tremble out of what rests', () => {
    expect(Math.abs(fed((atMs) => 5 + ((atMs / 160) % 2 === 0 ? 0.5 : -0.5)).value - 5)).toBeLessThan(0.25);
  });

  test('keeps up with what walks, and knows how fast it does', () => {
    const state = fed((atMs) => (6 * atMs) / 1000);
    expect(6 * 4.8 - state.value).toBeLessThan(1);
    expect(state.rate).toBeCloseTo(6, 0);
  });

  test('a value that is not newer changes nothing', () => {
    const state = firstValue(1, 100);
    expect(filtered(state, 9, 100, tuning)).toBe(state);
  });
});

describe('whom it follows', () => {
  const at = (atMs: number, panDeg: number, sizeDeg = 4): Sighting => ({ atMs, panDeg, tiltDeg: 0, sizeDeg });
  const after = (...sightings: Sighting[]) => sightings.reduce(saw, NOBODY);

  test('one picture alone is nobody yet', () => {
    expect(after(at(0, 5)).kind).toBe('nobody');
    expect(after(at(0, 5), at(160, -30)).kind).toBe('nobody');
    expect(after(at(0, 5), at(160, 5.5)).kind).toBe('lecturer');
  });

  test.each([
    ['somebody else across the room', at(500, -30)],
    ['a face on a poster, much smaller', at(500, 5, 1)],
  ])('%s is not him', (_, other) => {
    const found = after(at(0, 5), at(160, 5), at(320, 5), other);
    expect(found.kind === 'lecturer' && whereAt(found.lecturer, 500).panDeg).toBeCloseTo(5);
    expect(found.kind === 'lecturer' && found.lecturer.seenAtMs).toBe(320);
  });

  test('but who stays there is', () => {
    const found = after(at(0, 5), at(160, 5), at(320, -30), at(480, -30), at(640, -30), at(800, -30));
    expect(found.kind === 'lecturer' && whereAt(found.lecturer, 800).panDeg).toBeCloseTo(-30);
  });
});

describe('how fast a head turns', () => {
  test('a fraction is a step, and a speed finds its fraction', () => {
    const curve = usualCurve(24, 60);
    expect(speedOf(curve, 1)).toBeCloseTo(60);
    expect(speedOf(curve, -1 / 24)).toBeCloseTo(-1);
    expect(speedOf(curve, 0)).toBe(0);
    expect(fractionFor(curve, 0.3)).toBe(0);
    for (const wanted of [1, -5, 20, 60]) expect(speedOf(curve, fractionFor(curve, wanted)) / wanted).toBeCloseTo(1, 0);
  });

  test('is learnt from where it got to, for the speeds that were used', () => {
    let curve = usualCurve(24, 60);
    const fraction = 10 / 24;
    for (let lesson = 0; lesson < 30; lesson += 1) curve = learnt(curve, { told: [{ fraction, seconds: 1 }], deg: 9 });
    expect(speedOf(curve, fraction)).toBeCloseTo(9, 0);
    expect(speedOf(curve, 1)).toBeCloseTo(60, 0);
  });

  test.each([
    ['a head at its stop', 0.1],
    ['a head that somebody else turned', -8],
    ['a leap', 90],
  ])('%s teaches nothing', (_, deg) => {
    const curve = usualCurve(24, 60);
    expect(learnt(curve, { told: [{ fraction: 0.5, seconds: 1 }], deg })).toBe(curve);
  });
});

describe('where the head was', () => {
  const still = { panDegPerS: 0, tiltDegPerS: 0 };
  const at = (panDeg: number) => ({ panDeg, tiltDeg: 0, zoom: 1 });

  test('between two positions that were read it goes on as it was told, and no longer than a camera may be silent', () => {
    let track = looked(NO_TRACK, at(0), 0, still);
    for (let atMs = 100; atMs <= 500; atMs += 100) track = looked(track, at(0), atMs, { panDegPerS: 10, tiltDegPerS: 0 });
    expect(fixAt(track, 300)?.panDeg).toBeCloseTo(3, 1);
    track = looked(track, at(0), 1_000, { panDegPerS: 10, tiltDegPerS: 0 });
    expect(fixAt(track, 1_000)?.panDeg).toBe(0);
  });

  test('what the camera says goes before what was reckoned', () => {
    let track = looked(NO_TRACK, at(0), 0, still);
    track = looked(track, at(0), 100, { panDegPerS: 10, tiltDegPerS: 0 });
    track = looked(track, at(4), 200, still);
    expect(fixAt(track, 200)?.panDeg).toBe(4);
    expect(fixAt(track, 150)?.panDeg).toBeGreaterThan(1);
    expect(fixAt(NO_TRACK, 0)).toBeNull();
  });
});

describe('steering one axis', () => {
  const aim = (errorDeg: number, rateDegPerS = 0) => ({ errorDeg, rateDegPerS, frameDeg: 60 });
  const steered = (from: typeof AT_REST, what: ReturnType<typeof aim>, steps = 1) => {
    let axis = from;
    for (let step = 0; step < steps; step += 1) axis = steer(axis, what, 0.1);
    return axis;
  };

  test.each([
    ['inside the dead zone it rests', aim(2.5), 0],
    ['outside it turns there', aim(5), 1],
    ['to the other side too', aim(-5), -1],
    ['who walks away is followed before he reaches the edge', aim(1.5, 6), 1],
    ['who walks back to the middle is awaited', aim(-1.5, 6), 0],
  ])('%s', (_, what, direction) => {
    expect(Math.sign(steered(AT_REST, what, 5).degPerS)).toBe(direction);
  });

  test('it speeds up and slows down gently, and is never in a hurry', () => {
    expect(Math.abs(steered(AT_REST, aim(30)).degPerS)).toBeLessThanOrEqual(6.01);
    expect(steered(AT_REST, aim(30), 50).degPerS).toBeLessThanOrEqual(42.01);
    expect(brake({ moving: true, degPerS: 10, went: 1 }, 60, 0.1).degPerS).toBeCloseTo(4);
  });

  test('it does not turn back for a trifle: it comes to rest', () => {
    const after = steered({ moving: true, degPerS: 4, went: 1 }, aim(-2), 10);
    expect(after.degPerS).toBe(0);
  });
});

describe('the zoom', () => {
  const held = (share: number, atRest: boolean, ms: number, from = ZOOM_RESTS) => {
    let state = from;
    for (let atMs = 0; atMs <= ms; atMs += 100) state = nextZoom(state, share, atRest, atMs);
    return state.zooming;
  };

  test.each([
    ['rests while the size is right', 0.16, true, 5_000, 0],
    ['goes nearer to somebody small, after a while', 0.08, true, 2_000, 1],
    ['waits a while', 0.08, true, 1_000, 0],
    ['goes nearer only while the head rests', 0.08, false, 5_000, 0],
    ['goes back at any time', 0.3, false, 2_000, -1],
  ])('%s', (_, share, atRest, ms, expected) => {
    expect(held(share, atRest, ms)).toBe(expected);
  });

  test('ends in the middle of the band', () => {
    expect(nextZoom({ zooming: 1, offSinceMs: 0 }, 0.13, true, 100).zooming).toBe(1);
    expect(nextZoom({ zooming: 1, offSinceMs: 0 }, 0.17, true, 100).zooming).toBe(0);
    expect(nextZoom({ zooming: -1, offSinceMs: 0 }, 0.15, false, 100).zooming).toBe(0);
  });
});

describe('what the state says', () => {
  const facts: Facts = {
    mode: 'follow', nowMs: 100_000, handBackMs: 20_000, touchedAtMs: null, lookingSinceMs: 50_000, seenAtMs: 99_900, link: 'ok', sight: 'ok', isCrude: false, mustYield: false, mustStand: false,
  };
  test.each<[string, Partial<Facts>, string]>([
    ['following', {}, 'following'],
    ['off', { mode: 'off', touchedAtMs: 99_999 }, 'off'],
    ['a touch goes before everything', { touchedAtMs: 90_000, link: 'lost', mustYield: true }, 'paused-by-touch'],
    ['and is over when its time is', { touchedAtMs: 80_000 }, 'following'],
    ['no camera', { link: 'lost' }, 'unavailable'],
    ['an audience that it is to stand still for', { mustStand: true, mustYield: true }, 'standing-on-air'],
    ['a busy box', { mustYield: true, seenAtMs: 10_000 }, 'yielding'],
    ['no picture', { sight: 'no-picture' }, 'unavailable'],
    ['a dead detector', { sight: 'broken' }, 'unavailable'],
    ['nobody for three seconds', { seenAtMs: 96_900 }, 'wide'],
    ['nobody yet, but it has only begun to look', { seenAtMs: null, lookingSinceMs: 98_000 }, 'following'],
    ['nobody since it began', { seenAtMs: null, lookingSinceMs: 96_000 }, 'wide'],
    ['the detector is being loaded', { seenAtMs: null, sight: 'starting' }, 'following'],
  ])('%s', (_, change, state) => {
    expect(situationOf({ ...facts, ...change }).state).toBe(state);
  });

  test('says when it only follows movement', () => {
    expect(situationOf({ ...facts, isCrude: true }).reason).toContain('whatever moves');
  });
});

describe('giving way to the class', () => {
  const calm: Load = { lateMs: 5, droppedFrames: 0, waitingFrames: 0 };
  const during = (load: Load, ms: number, from: Yielding = AT_EASE, sinceMs = 0): Yielding => {
    let state = from;
    for (let atMs = sinceMs; atMs <= sinceMs + ms; atMs += 500) state = nextYielding(state, load, atMs);
    return state;
  };

  test.each<[string, Load, number, Yielding['share']]>([
    ['nothing is wrong', calm, 60_000, 'all'],
    ['one late tick is chance', { ...calm, lateMs: 200 }, 0, 'all'],
    ['late for a second', { ...calm, lateMs: 200 }, 1_000, 'half'],
    ['late for longer', { ...calm, lateMs: 200 }, 3_000, 'none'],
    ['the encoder falls behind', { ...calm, waitingFrames: 20 }, 3_000, 'none'],
    ['a frame was lost', { ...calm, droppedFrames: 1 }, 0, 'none'],
  ])('%s', (_, load, ms, share) => {
    expect(during(load, ms).share).toBe(share);
  });

  test('comes back by one step at a time when the box has been calm for a while', () => {
    const none = during({ ...calm, lateMs: 200 }, 3_000);
    expect(during(calm, 5_000, none, 3_500).share).toBe('none');
    expect(during(calm, 8_500, none, 3_500).share).toBe('half');
    expect(during(calm, 17_000, none, 3_500).share).toBe('all');
  });

  test('a new gate, which counts from nothing, is no loss', () => {
    expect(nextYielding({ ...AT_EASE, dropped: 40 }, calm, 0).share).toBe('all');
  });
});
