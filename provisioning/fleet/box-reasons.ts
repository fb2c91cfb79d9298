import type { Reason } from '../contract/console.ts';
import type { HealthReport } from '../contract/enrolment.ts';
import { reason, weighed, type ClassesNear } from './weighing.ts';

type State = HealthReport['state'];

/** A rehearsal says something about the class it was for, and for a while about the room. */
const REHEARSAL_FRESH_MS = 30 * 60_000;
/** What the room's verdict says by itself from the rest of the report: sources, recording, stream, cameras, disk, uploads, heat. */
const SAID_OTHERWISE = new Set([
  'not_recording', 'recording_in_doubt', 'students_see_nothing', 'picture_lost', 'slides_lost', 'microphone_lost', 'camera_control_lost', 'disk_low', 'disk_full', 'upload_failing',
]);
const CRITICAL = 55;
const WARNING = 25;

/** What the box itself found out about its class and its health (pure): its rehearsal, its alarms, classes that nobody held. */
export function boxReasons(facts: ClassesNear, state: State): Reason[] {
  return [...rehearsal(facts, state), ...missed(state), ...alarms(facts, state)];
}

function rehearsal(facts: ClassesNear, { rehearsal: found }: State): Reason[] {
  if (found?.verdict !== 'at-risk' || found.at === null || facts.nowMs - Date.parse(found.at) > REHEARSAL_FRESH_MS) return [];
  const failed = found.checks.filter(({ ok }) => !ok).map(({ message }) => message);
  return [weighed(facts, 'rehearsal_failed', `The rehearsal found: ${failed.slice(0, 3).join(' ') || 'that it could not be held.'}`, 45)];
}

function missed({ schedule }: State): Reason[] {
  return (schedule?.today ?? []).filter(({ state }) => state === 'missed').map(({ title }) => reason('class_missed', `“${title}” was planned for today and not held.`, 30));
}

function alarms(facts: ClassesNear, { health }: State): Reason[] {
  return (health?.alarms ?? [])
    .map((alarm) => ({ ...alarm, kind: alarm.code.split(':')[0] ?? '' }))
    .filter(({ kind }) => !SAID_OTHERWISE.has(kind))
    .map(({ kind, severity, message, advice }) => weighed(facts, kind, `${message} ${advice}`.trim(), severity === 'critical' ? CRITICAL : WARNING));
}
