import { expect, it } from 'vitest';
import { adviceOf, describe, newSource, next, type SourceEvent, type SourceReport, type SourceStatus } from './state.ts';

const PICTURE: SourceReport = { fps: 25, ageMs: 10, luma: 90, fingerprint: 1, levelDbfs: -100, peakDbfs: -100 };
const SOUND: SourceReport = { fps: 50, ageMs: 10, luma: null, fingerprint: null, levelDbfs: -20, peakDbfs: -6 };

/** Half-second reports over `seconds`; `at` may vary them. */
function after(kind: SourceStatus['kind'], seconds: number, at: (round: number) => SourceReport): SourceStatus {
  let status = newSource(kind, 'Device');
  for (let round = 0; round <= seconds * 2; round += 1) status = next(status, { type: 'reported', atMs: round * 500, report: at(round) });
  return status;
}

const moving = (round: number): SourceReport => ({ ...PICTURE, fingerprint: round });

it.each<[string, SourceStatus, SourceStatus['signal'], SourceStatus['verdict']]>([
  ['nothing yet', after('camera', 3, () => ({ ...PICTURE, ageMs: null })), 'absent', 'ok'],
  ['a moving picture', after('camera', 20, moving), 'ok', 'ok'],
  ['a stalled picture', after('camera', 3, (round) => ({ ...moving(round), ageMs: round < 3 ? 10 : 700 })), 'lost', 'ok'],
  ['a still camera for 9 s', after('camera', 9, () => PICTURE), 'ok', 'ok'],
  ['a still camera for 11 s', after('camera', 11, () => PICTURE), 'ok', 'frozen'],
  ['still slides for 11 s', after('slides', 11, () => PICTURE), 'ok', 'ok'],
  ['a black camera', after('camera', 11, (round) => ({ ...moving(round), luma: 16 })), 'ok', 'black'],
  ['a voice', after('microphone', 20, () => SOUND), 'ok', 'ok'],
  ['silence for 11 s', after('microphone', 11, () => ({ ...SOUND, levelDbfs: -75, peakDbfs: -70 })), 'ok', 'silent'],
  ['a shout', after('microphone', 1, () => ({ ...SOUND, peakDbfs: 0 })), 'ok', 'clipping'],
  ['a shout 4 s ago', after('microphone', 5, (round) => ({ ...SOUND, peakDbfs: round === 0 ? 0 : -6 })), 'ok', 'ok'],
])('judges %s', (_what, status, signal, verdict) => {
  expect([status.signal, status.verdict]).toEqual([signal, verdict]);
  expect(adviceOf(status) === '').toBe(signal === 'ok' && verdict === 'ok');
});

it('asks nothing of a microphone that is off on purpose', () => {
  const off = next(after('microphone', 2, () => SOUND), { type: 'wanted', wanted: false });
  expect(adviceOf(off)).toBe('');
  expect(next(off, { type: 'reported', atMs: 9e9, report: { ...SOUND, ageMs: 9e9 } })).toBe(off);
  expect(off.levelDbfs).toBe(-90);
});

it('begins anew when a source comes back: old silence does not count', () => {
  let status = after('microphone', 11, () => ({ ...SOUND, levelDbfs: -75, peakDbfs: -70 }));
  status = next(status, { type: 'reported', atMs: 12_000, report: { ...SOUND, ageMs: 900 } });
  status = next(status, { type: 'reported', atMs: 12_500, report: { ...SOUND, levelDbfs: -75, peakDbfs: -70 } });
  expect([status.signal, status.verdict]).toEqual(['ok', 'ok']);
});

it('says that slides stand still without calling it a fault, and counts what was left out over every life of the capture', () => {
  let status = after('slides', 130, () => PICTURE);
  const late: SourceEvent = { type: 'reported', atMs: 130_500, report: { ...PICTURE, lost: 2 } };
  for (const event of [{ type: 'dropped', frames: 3 }, { type: 'latency-known', latencyMs: 83.4 }, late] as const) status = next(status, event);
  expect(describe('slides', status)).toMatchObject({
    verdict: 'ok', advice: '', still: true, note: 'Device has shown the same picture for 2 minutes, as slides do.', droppedFrames: 5, latencyMs: 83, driftPpm: null,
  });
  expect(describe('camera', after('camera', 2, moving))).toMatchObject({ still: false, note: '' });
});

it('loses a source at once when its capture or the gate ends, and has it back with the first thing that comes after', () => {
  const ok = after('camera', 2, moving);
  const ended = next(ok, { type: 'capture-ended', reason: 'unplugged', atMs: 1_100 });
  expect([ended.signal, ended.reason]).toEqual(['lost', 'unplugged']);
  const leftOver = next(ended, { type: 'reported', atMs: 1_500, report: { ...PICTURE, ageMs: 410 } });
  expect(leftOver.signal).toBe('lost');
  expect(next(leftOver, { type: 'reported', atMs: 2_000, report: { ...PICTURE, ageMs: 10 } }).signal).toBe('ok');
  expect(next(ok, { type: 'unmeasured', atMs: 1_100 })).toMatchObject({ signal: 'lost', fps: 0 });
  expect(next(newSource('camera', 'Device'), { type: 'unmeasured', atMs: 1_100 }).signal).toBe('absent');
});
