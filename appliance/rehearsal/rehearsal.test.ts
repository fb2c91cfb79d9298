import { describe, expect, it } from 'vitest';
import type { SourceState } from '../contract/sources.ts';
import type { CameraState } from '../contract/state.ts';
import type { PlannedClass } from '../lesson/timetable.ts';
import { checksOf, type RehearsalFacts } from './checks.ts';
import { dueRehearsal, type Rehearsed } from './due.ts';

const MINUTE = 60_000;
const source = (change: Partial<SourceState>): SourceState => ({
  id: 'camera', name: 'Camera', kind: 'camera', signal: 'ok', verdict: 'ok', fps: 25, width: 1280, height: 720, levelDbfs: -90, advice: '', note: '', still: false,
  droppedFrames: 0, latencyMs: null, driftPpm: null, ...change,
});
const microphone = source({ id: 'mic', name: 'Microphone', kind: 'microphone' });
const slides = source({ id: 'slides', name: 'Slides', kind: 'slides' });
const head: CameraState = { id: 'ptz', name: 'Camera', link: 'ok', panDeg: 0, tiltDeg: 0, zoom: 1, moving: false, presets: [], advice: '' };
const facts = (change: Partial<RehearsalFacts> = {}): RehearsalFacts => ({
  sources: [source({}), slides, microphone], heard: { mic: -30 }, silenceExpected: false, cameras: [head],
  encoder: { name: 'libx264', fps: 25, renditions: [], refused: [] }, wantedFps: 25, freeHours: 40, classHours: 1.5, clockErrorMs: 120, uplink: { kind: 'connected' }, ...change,
});
const failedOf = (change: Partial<RehearsalFacts>): string[] => checksOf(facts(change)).filter(({ ok }) => !ok).map(({ code }) => code);

describe('a rehearsal', () => {
  it.each<[string, Partial<RehearsalFacts>, string[]]>([
    ['of a ready room', {}, []],
    ['with a dead camera', { sources: [source({ signal: 'lost' }), microphone] }, ['signal']],
    ['with the lens covered', { sources: [source({ verdict: 'black' }), microphone] }, ['signal']],
    ['with a camera that hangs', { sources: [source({ verdict: 'frozen' }), microphone] }, ['signal']],
    ['with slides that stand still, as slides do', { sources: [source({}), source({ ...slides, verdict: 'frozen' }), microphone] }, []],
    ['with slides asleep', { sources: [source({}), source({ ...slides, signal: 'absent' }), microphone] }, ['signal']],
    ['before a laptop is shared', { sources: [source({}), source({ id: 'share', kind: 'share', signal: 'absent' }), microphone] }, []],
    ['with a microphone that is off', { heard: { mic: -90 } }, ['sound']],
    ['in a quiet room', { heard: { mic: -71 } }, []],
    ['in a room that is meant to be silent', { heard: { mic: -90 }, silenceExpected: true }, []],
    ['with the microphone unplugged', { sources: [source({}), source({ ...microphone, signal: 'absent' })] }, ['sound']],
    ['without a microphone', { sources: [source({})] }, ['sound']],
    ['while microphones are closed', { heard: null }, []],
    ['with too little disk for this class', { freeHours: 1.4 }, ['disk']],
    ['with a camera that does not answer', { cameras: [{ ...head, link: 'lost' }] }, ['camera']],
    ['with a clock that is an hour slow', { clockErrorMs: -3_600_000 }, ['clock']],
    ['with nobody to ask for the time', { clockErrorMs: null }, []],
    ['without a network', { uplink: { kind: 'unreachable' } }, ['uplink']],
    ['behind a wall for UDP', { uplink: { kind: 'no-udp', reason: 'no answer' } }, ['uplink']],
    ['during another class that arrives', { uplink: { kind: 'in-class', arrives: true } }, []],
    ['with an encoder that can’t keep up', { encoder: { name: 'libx264', fps: 19, renditions: [], refused: [] } }, ['encoder']],
    ['with no encoder', { encoder: { name: '', fps: 0, renditions: [], refused: [] } }, ['encoder']],
  ])('%s', (_what, change, codes) => {
    expect(failedOf(change)).toEqual(codes);
  });

  it('puts what failed first, and says what to do about each', () => {
    const checks = checksOf(facts({ freeHours: 0.1, sources: [source({}), source({ ...slides, signal: 'lost' }), microphone] }));
    expect(checks.map(({ ok }) => ok)).toEqual([false, false, true, true, true, true, true, true]);
    expect(checks[0]).toMatchObject({ message: 'Slides gives no picture.', advice: 'Wake the laptop or reseat the HDMI cable.' });
    expect(checks.filter(({ ok }) => !ok).every(({ advice }) => advice !== '')).toBe(true);
  });
});

it('says of a camera that hangs what it shows, and what to do', () => {
  const [check] = checksOf(facts({ sources: [source({ verdict: 'frozen' }), microphone] }));
  expect(check).toMatchObject({ message: 'Camera shows the same picture all the time.', advice: 'Switch the camera off and on.' });
});

describe('is due', () => {
  const ten: PlannedClass = { id: 'ten', title: '', teacher: '', startsAtMs: 600 * MINUTE, endsAtMs: 650 * MINUTE };
  const last = (minute: number, atRisk: boolean, planned: PlannedClass | null = ten, unheard = false): Rehearsed => ({ planned, atMs: minute * MINUTE, atRisk, unheard });
  it.each<[string, Rehearsed | null, number, boolean]>([
    ['not eleven minutes before', null, 589, false],
    ['ten minutes before', null, 590, true],
    ['though one was asked for just now', last(589.5, false, null), 590, true],
    ['not twice when all is well', last(590, false), 595, false],
    ['once more shortly before', last(590, false), 597, true],
    ['and then no more', last(597, false), 599, false],
    ['again a minute later when something is wrong', last(590, true), 591, true],
    ['not before that minute is over', last(590, true), 590.9, false],
    ['as long as a late class is at risk', last(610, true), 612, true],
    ['no more after it', last(610, true), 651, false],
    ['anew when the class was moved', last(580, false, { ...ten, startsAtMs: 580 * MINUTE }), 590, true],
  ])('%s', (_when, rehearsed, minute, due) => {
    expect(dueRehearsal(ten, rehearsed, 10 * MINUTE, true, minute * MINUTE) !== null).toBe(due);
  });

  it.each<[string, Rehearsed, boolean, boolean]>([
    ['at once when the microphone opens after it', last(590, false, ten, true), true, true],
    ['not while the microphone stays closed', last(590, false, ten, true), false, false],
    ['not again once it was heard', last(590, false), true, false],
    ['at once when something else is wrong, too', last(590, true, ten, true), true, true],
  ])('%s', (_when, rehearsed, captured, due) => {
    expect(dueRehearsal(ten, rehearsed, 10 * MINUTE, captured, 590.1 * MINUTE) !== null).toBe(due);
  });

  it('never where the room wants none, or nothing is planned', () => {
    expect(dueRehearsal(ten, null, 0, true, 595 * MINUTE)).toBeNull();
    expect(dueRehearsal(null, null, 10 * MINUTE, true, 595 * MINUTE)).toBeNull();
  });
});
