/** What the box knows of itself: `GET /api/state`, and the `state` message of `WS /api/events`. Derived from bytes that moved. */
import Type, { type Static } from 'typebox';
import { CameraState } from './cameras.ts';
import { HealthState } from './health.ts';
import { Inset, LayoutId, LayoutSummary } from './layout.ts';
import { MacrosState } from './macros.ts';
import { RecordingState } from './recording.ts';
import { RehearsalState, ScheduleState } from './schedule.ts';
import { ShareState } from './share.ts';
import { SoundState } from './sound.ts';
import { SourceState } from './sources.ts';
import { StreamState } from './stream.ts';

export { CameraState, SourceState };

const Id = Type.String({ minLength: 1, maxLength: 64 });
const Instant = Type.String({ format: 'date-time', description: 'RFC 3339' });
const OrNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const LessonPhase = Type.Enum(['idle', 'preparing', 'live', 'paused', 'ending']);
export type { LayoutId } from './layout.ts';

export const EncoderState = Type.Object({
  name: Type.String({ description: 'FFmpeg encoder in use, empty before the first was chosen' }),
  fps: Type.Number(),
  renditions: Type.Array(
    Type.Object({ id: Id, width: Type.Integer(), height: Type.Integer(), bitrateKbps: Type.Number({ description: 'measured over the last 2 s' }) }),
  ),
  refused: Type.Array(Type.Object({ name: Type.String(), reason: Type.String() })),
});
export type EncoderState = Static<typeof EncoderState>;

export const CloudState = Type.Object({
  state: Type.Enum(['idle', 'uploading', 'verified', 'failing']),
  pendingBytes: Type.Integer(),
  /** Seconds until everything pending is up at the rate measured; null where unknown. */
  remainingSeconds: OrNull(Type.Number()),
  problem: Type.String(),
  recordings: Type.Array(Type.Object({ id: Id, title: Type.String(), endedAt: OrNull(Instant), safe: Type.Boolean() })),
});
export type CloudState = Static<typeof CloudState>;

export const EnrolmentState = Type.Object({
  phase: Type.Enum(['unclaimed', 'claimed']),
  claimCode: OrNull(Type.String()),
  /** What the QR code on the panel holds: the console's claim page with the code filled in. */
  claimUrl: OrNull(Type.String()),
  campusReachable: Type.Boolean(),
});
export type EnrolmentState = Static<typeof EnrolmentState>;

export const NextClass = Type.Object({ id: Id, title: Type.String(), teacher: Type.String(), startsAt: Instant, endsAt: Instant });
export type NextClass = Static<typeof NextClass>;

export const State = Type.Object({
  room: Id,
  roomName: Type.String(),
  at: Instant,
  lesson: Type.Object({
    phase: LessonPhase,
    id: OrNull(Id),
    title: Type.String(),
    teacher: Type.String(),
    startedAt: OrNull(Instant),
    endsAt: OrNull(Instant),
  }),
  next: OrNull(NextClass),
  /** Plain reasons why the room is not ready, most important first; empty means ready. */
  notReady: Type.Array(Type.Object({ code: Type.String(), message: Type.String() })),
  layout: LayoutId,
  layouts: Type.Array(LayoutSummary),
  /** Where the camera sits in picture-in-picture. */
  inset: Inset,
  muted: Type.Boolean(),
  sound: SoundState,
  recording: RecordingState,
  stream: StreamState,
  sources: Type.Array(SourceState),
  encoder: EncoderState,
  cameras: Type.Array(CameraState),
  macros: Type.Optional(MacrosState),
  cloud: CloudState,
  enrolment: EnrolmentState,
  schedule: ScheduleState,
  rehearsal: RehearsalState,
  health: HealthState,
  share: ShareState,
});
export type State = Static<typeof State>;
