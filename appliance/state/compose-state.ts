import type { CameraState, CloudState, EncoderState, EnrolmentState, NextClass, SourceState, State } from '../contract/state.ts';
import type { HealthState } from '../contract/health.ts';
import type { MacrosState } from '../contract/macros.ts';
import type { RehearsalState, ScheduleState } from '../contract/schedule.ts';
import type { ShareState } from '../contract/share.ts';
import { notReadyReasons } from './readiness.ts';
import { streamState, type EdgeFacts, type UplinkFacts } from './stream-proof.ts';

/** Everything that the room's state follows from, read at one instant. */
export interface StateFacts {
  readonly nowMs: number;
  /** The class clock's time. */
  readonly atMs: number;
  readonly room: { readonly id: string; readonly name: string };
  readonly lesson: {
    readonly phase: State['lesson']['phase'];
    readonly id: string | null;
    readonly title: string;
    readonly teacher: string;
    readonly startedAtMs: number | null;
    readonly endsAtMs: number | null;
  };
  readonly next: { readonly id: string; readonly title: string; readonly teacher: string; readonly startsAtMs: number; readonly endsAtMs: number } | null;
  readonly picture: Pick<State, 'layout' | 'layouts' | 'inset'>;
  readonly muted: boolean;
  readonly programSound: State['sound'];
  readonly recording: State['recording'];
  readonly soundCaptured: boolean;
  readonly uplink: UplinkFacts;
  readonly edge: EdgeFacts | null;
  readonly edgeReachable: boolean | null;
  readonly sources: SourceState[];
  readonly encoder: EncoderState;
  readonly encodersToTry: number;
  readonly cameras: CameraState[];
  readonly macros?: MacrosState;
  readonly cloud: CloudState;
  readonly enrolment: EnrolmentState;
  readonly schedule: ScheduleState;
  readonly rehearsal: RehearsalState;
  readonly health: HealthState;
  readonly share: ShareState;
}

/** The state a page sees (pure). */
export function composeState(facts: StateFacts): State {
  const { nowMs, lesson, sources, encoder, cameras, cloud, enrolment, soundCaptured, edgeReachable } = facts;
  const running = lesson.phase === 'preparing' || lesson.phase === 'live' || lesson.phase === 'paused';
  return {
    room: facts.room.id,
    roomName: facts.room.name,
    at: instant(facts.atMs),
    lesson: {
      phase: lesson.phase,
      id: lesson.id,
      title: lesson.title,
      teacher: lesson.teacher,
      startedAt: instantOrNull(lesson.startedAtMs),
      endsAt: instantOrNull(lesson.endsAtMs),
    },
    next: nextClassOf(facts.next),
    notReady: notReadyReasons({ sources, cameras, encoder, encodersToTry: facts.encodersToTry, enrolment, freeHours: facts.recording.freeHours, soundCaptured, edgeReachable }),
    layout: facts.picture.layout,
    layouts: facts.picture.layouts,
    inset: facts.picture.inset,
    muted: facts.muted,
    sound: facts.programSound,
    recording: facts.recording,
    stream: streamState(running, facts.uplink, facts.edge, nowMs),
    sources,
    encoder,
    cameras,
    ...(facts.macros === undefined ? {} : { macros: facts.macros }),
    cloud,
    enrolment,
    schedule: facts.schedule,
    rehearsal: facts.rehearsal,
    health: facts.health,
    share: facts.share,
  };
}

function nextClassOf(next: StateFacts['next']): NextClass | null {
  if (next === null) return null;
  const { id, title, teacher } = next;
  return { id, title, teacher, startsAt: instant(next.startsAtMs), endsAt: instant(next.endsAtMs) };
}

const instant = (ms: number): string => new Date(ms).toISOString();
const instantOrNull = (ms: number | null): string | null => (ms === null ? null : instant(ms));
