import type { BoxTokens, RoomConfig } from '#provisioning/contract/enrolment.ts';
import type { Lesson } from '../lesson/lesson.ts';
import type { PlannedClass } from '../lesson/timetable.ts';
import type { UplinkTarget } from '../uplink/connection.ts';
import type { StateFacts } from './compose-state.ts';

/** What campus and the lesson say, in the shapes that the rest of the box works with. Pure. */
export function plannedClasses(room: RoomConfig | null): PlannedClass[] {
  return (room?.timetable ?? []).map(({ id, title, teacher, startsAt, endsAt }) => ({
    id, title, teacher, startsAtMs: Date.parse(startsAt), endsAtMs: Date.parse(endsAt),
  }));
}

export function uplinkTarget(room: RoomConfig | null, tokens: BoxTokens | null): UplinkTarget | null {
  if (room === null || tokens === null) return null;
  const { whip, rtmp, rtmps, api } = room.edge;
  return { whip, rtmp, rtmps, api, token: tokens.publish };
}

export function lessonView(lesson: Lesson): StateFacts['lesson'] & { readonly recordingId: string | null } {
  if (lesson.phase === 'idle') return { phase: 'idle', id: null, recordingId: null, title: '', teacher: '', startedAtMs: null, endsAtMs: null };
  const { id, recordingId, title, teacher, startedAtMs, endsAtMs } = lesson.facts;
  return { phase: lesson.phase, id, recordingId, title, teacher, startedAtMs, endsAtMs };
}
