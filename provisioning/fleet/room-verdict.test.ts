import { describe, expect, it } from 'vitest';
import type { HealthReport } from '../contract/enrolment.ts';
import { roomVerdict, type RoomFacts } from './room-verdict.ts';

const NOW = Date.parse('2026-11-02T09:20:00Z');
const MINUTE = 60_000;
const at = (ms: number): string => new Date(NOW + ms).toISOString();
const classIn = (minutes: number) => ({ id: 'c', title: 'Orbits', teacher: 'Lin', startsAt: at(minutes * MINUTE), endsAt: at((minutes + 60) * MINUTE) });

type State = HealthReport['state'];
function healthOf(changes: Partial<State> = {}, temperatureC: number | null = 50): HealthReport {
  const state: State = {
    room: 'r', lesson: { phase: 'idle', title: '' }, notReady: [], recording: { active: false, proven: false, freeHours: 50 },
    stream: { protocol: 'none', sending: false, seenAtEdge: false, viewers: 0 }, cloud: { state: 'idle', pendingBytes: 0 },
    encoder: { name: 'libx264', fps: 25 }, sources: [{ id: 'camera', kind: 'camera', signal: 'ok', verdict: 'ok' }], cameras: [{ id: 'ptz', link: 'ok' }], ...changes,
  };
  return { at: at(0), version: '1', state, machine: { cpuPercent: 1, memoryFreeBytes: 1, diskFreeBytes: 1, temperatureC, uptimeSeconds: 1 } };
}
const LIVE: Partial<State> = {
  lesson: { phase: 'live', title: 'Orbits' },
  recording: { active: true, proven: true, freeHours: 50 },
  stream: { protocol: 'whip', sending: true, seenAtEdge: true, viewers: 3 },
};
function facts(changes: Partial<RoomFacts> = {}): RoomFacts {
  return { nowMs: NOW, hasBox: true, online: true, lastSeenAtMs: NOW, health: healthOf(), current: null, next: null, certificateExpiresAtMs: NOW + 20 * 86_400_000, ...changes };
}
const REHEARSED: NonNullable<State['rehearsal']> = {
  at: at(-5 * MINUTE), forClass: 'c', verdict: 'at-risk', checks: [{ code: 'sound', ok: false, message: 'The microphone gives no sound at all.', advice: 'Switch it on.' }],
};
const WAVES = { id: 'c', title: 'Waves', startsAt: at(-16 * 60 * MINUTE), state: 'missed' };
const alarm = (code: string, severity: string) => ({ code, severity, message: 'It is not well.', advice: 'See to it.', since: at(0) });
const NO_CAMERA: Partial<State> = { sources: [{ id: 'camera', kind: 'camera', signal: 'lost', verdict: 'ok' }] };
/** As a box reports its microphone between classes: off on purpose, so that it has no advice to give. */
const microphone = (advice: string): Partial<State> => ({ sources: [{ id: 'mic', kind: 'microphone', signal: 'absent', verdict: 'ok', advice }] });
const notReady = (code: string): Partial<State> => ({ notReady: [{ code, message: 'It is not ready.' }] });

it('says what a rehearsal found', () => {
  const [found] = roomVerdict(facts({ health: healthOf({ rehearsal: REHEARSED }), next: classIn(9) })).reasons;
  expect(found?.message).toBe('The rehearsal found: The microphone gives no sound at all. The next class starts in 9 min.');
});

it('says of a missed class when it was planned for, not that it was today', () => {
  const [found] = roomVerdict(facts({ health: healthOf({ schedule: { today: [], missed: [WAVES] } }) })).reasons;
  expect(found).toMatchObject({ message: '“Waves” was planned and not held.', plannedFor: WAVES.startsAt });
});

describe('roomVerdict', () => {
  it.each<[string, Partial<RoomFacts>, string, string[]]>([
    ['an idle room', {}, 'ok', []],
    ['a class that goes well', { health: healthOf(LIVE), current: classIn(-10) }, 'ok', []],
    ['a live class that is not recorded', { health: healthOf({ ...LIVE, recording: { active: false, proven: false, freeHours: 50 } }) }, 'risk', ['not_recording']],
    ['a recording in doubt', { health: healthOf({ ...LIVE, recording: { active: true, proven: false, freeHours: 50 } }) }, 'risk', ['recording_unproven']],
    ['a class that does not leave the room', { health: healthOf({ ...LIVE, stream: { protocol: 'none', sending: false, seenAtEdge: false, viewers: 0 } }) }, 'risk', ['not_sending']],
    ['a class that its teacher keeps in the room', { health: healthOf({ ...LIVE, stream: { protocol: 'none', sending: false, seenAtEdge: false, stopped: true, viewers: 0 } }) }, 'look', ['sending_stopped']],
    ['a box that vanished in a class', { online: false, health: healthOf(LIVE) }, 'risk', ['offline_in_class']],
    ['a box that is off with nothing planned', { online: false }, 'look', ['offline']],
    ['a box that is off before a class', { online: false, next: classIn(40) }, 'risk', ['offline']],
    ['a camera that is gone, nothing planned', { health: healthOf(NO_CAMERA) }, 'look', ['no_signal']],
    ['a camera that is gone at 09:20 for the 10:00 class', { health: healthOf(NO_CAMERA), next: classIn(40) }, 'risk', ['no_signal']],
    ['a camera that is gone for a class tomorrow', { health: healthOf(NO_CAMERA), next: classIn(24 * 60) }, 'look', ['no_signal']],
    ['a microphone that is off until its class', { health: healthOf(microphone('')), next: classIn(40) }, 'ok', []],
    ['a microphone that should be on and is not there', { health: healthOf(microphone('Switch it on.')), next: classIn(5) }, 'risk', ['no_signal']],
    ['a paused class that is not recorded', { health: healthOf({ ...LIVE, lesson: { phase: 'paused', title: 'Orbits' }, recording: { active: false, proven: false, freeHours: 50 } }) }, 'risk', ['not_recording']],
    ['a box that cannot encode, at 09:20 for the 10:00 class', { health: healthOf(notReady('no_encoder')), next: classIn(40) }, 'risk', ['no_encoder']],
    ['a room that cannot reach its students, at 09:20', { health: healthOf(notReady('edge_unreachable')), next: classIn(40) }, 'risk', ['edge_unreachable']],
    ['a class that runs while the edge is away', { health: healthOf({ ...LIVE, ...notReady('edge_unreachable') }) }, 'ok', []],
    ['what the report itself shows as not ready', { health: healthOf(notReady('no_camera_signal')), next: classIn(40) }, 'ok', []],
    ['a box that was off for a summer', { online: false, certificateExpiresAtMs: NOW - 86_400_000 }, 'look', ['offline', 'certificate_expired']],
    ['a class that nobody started', { current: classIn(-10) }, 'look', ['not_started']],
    ['a room without a box', { hasBox: false, online: false, health: null, lastSeenAtMs: null }, 'ok', ['no_box']],
    ['a room without a box before its class', { hasBox: false, online: false, health: null, next: classIn(30) }, 'look', ['no_box']],
    ['a full disk', { health: healthOf({ recording: { active: false, proven: false, freeHours: 0.2 } }) }, 'risk', ['disk_low']],
    ['heat', { health: healthOf({}, 95) }, 'look', ['hot']],
    ['a rehearsal that found something, for the 10:00 class', { health: healthOf({ rehearsal: REHEARSED }), next: classIn(40) }, 'risk', ['rehearsal_failed']],
    ['a rehearsal of yesterday', { health: healthOf({ rehearsal: { ...REHEARSED, at: at(-31 * MINUTE) } }), next: classIn(40) }, 'ok', []],
    ['a class that nobody held, of an older box', { health: healthOf({ schedule: { today: [WAVES] } }) }, 'look', ['class_missed']],
    ['a class that nobody held yesterday', { health: healthOf({ schedule: { today: [], missed: [WAVES] } }) }, 'look', ['class_missed']],
    ['a class that nobody held today, told twice', { health: healthOf({ schedule: { today: [WAVES], missed: [WAVES] } }) }, 'look', ['class_missed']],
    ['a disk that fails', { health: healthOf({ health: { alarms: [alarm('disk_errors', 'critical')] } }), next: classIn(40) }, 'risk', ['disk_errors']],
    ['an alarm that the report itself shows', { health: healthOf({ health: { alarms: [alarm('slides_lost:slides', 'warning')] } }) }, 'ok', []],
    ['a certificate that is about to end', { certificateExpiresAtMs: NOW + 86_400_000 }, 'look', ['certificate_old']],
  ])('%s', (_what, changes, level, codes) => {
    const verdict = roomVerdict(facts(changes));
    expect([verdict.level, verdict.reasons.map(({ code }) => code)]).toEqual([level, codes]);
  });

  it('puts the most urgent first', () => {
    const both = { ...LIVE, ...NO_CAMERA, recording: { active: false, proven: false, freeHours: 0.2 } };
    const { reasons } = roomVerdict(facts({ health: healthOf(both) }));
    expect(reasons.map(({ code }) => code)).toEqual(['not_recording', 'no_signal', 'disk_low']);
  });

  it('does not repeat an old report as if it were news', () => {
    expect(roomVerdict(facts({ online: false, health: healthOf(NO_CAMERA) })).reasons.map(({ code }) => code)).toEqual(['offline']);
  });
});
