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
/** What the panel says of a room that is not ready and nothing else in the report shows. */
const NOT_READY: Readonly<Record<string, number>> = { no_encoder: 55, edge_unreachable: 45 };
const CRITICAL = 55;
const WARNING = 25;

/** What the box itself found out about its class and its health (pure): its readiness, its rehearsal, its alarms, classes that nobody held. */
export function boxReasons(facts: ClassesNear, state: State): Reason[] {
  return [...unready(facts, state), ...rehearsal(facts, state), ...missed(state), ...alarms(facts, state)];
}

/** Only between classes: while one runs, what comes of it is seen in recording and stream. */
function unready(facts: ClassesNear, { lesson, notReady }: State): Reason[] {
  if (lesson.phase !== 'idle') return [];
  return notReady.flatMap(({ code, message }) => {
    const urgency = NOT_READY[code];
    return urgency === undefined ? [] : [weighed(facts, code, message, urgency)];
  });
}

function rehearsal(facts: ClassesNear, { rehearsal: found }: State): Reason[] {
  if (found?.verdict !== 'at-risk' || found.at === null || facts.nowMs - Date.parse(found.at) > REHEARSAL_FRESH_MS) return [];
  const failed = found.checks.filter(({ ok }) => !ok).map(({ message }) => message);
  return [weighed(facts, 'rehearsal_failed', `The rehearsal found: ${failed.slice(0, 3).join(' ') || 'that it could not be held.'}`, 45)];
}

function missed({ schedule }: State): Reason[] {
  const classes = schedule?.missed ?? schedule?.today.filter(({ state }) => state === 'missed') ?? [];
  return classes.map(({ title, startsAt }) => ({ ...reason('class_missed', `“${title}” was planned and not held.`, 30), plannedFor: startsAt }));
}

function alarms(facts: ClassesNear, { health }: State): Reason[] {
  return (health?.alarms ?? [])
    .map((alarm) => ({ ...alarm, kind: alarm.code.split(':')[0] ?? '' }))
    .filter(({ kind }) => !SAID_OTHERWISE.has(kind))
    .map(({ kind, severity, message, advice }) => weighed(facts, kind, `${message} ${advice}`.trim(), severity === 'critical' ? CRITICAL : WARNING));
}
