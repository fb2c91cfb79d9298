/** The recording of the class, as the panel sees it. Every field comes from bytes that are on the disk, none from a command. */
import Type, { type Static } from 'typebox';

const Instant = Type.String({ format: 'date-time', description: 'RFC 3339' });
const OrNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const Gap = Type.Object({ from: Instant, to: Instant, reason: Type.String() });

/** `program` is what replays; the others are what single sources gave, kept beside it. */
export const RecordedTrack = Type.Object({
  id: Type.String(),
  kind: Type.Enum(['program', 'camera', 'slides', 'microphone', 'share']),
  bytes: Type.Integer(),
  proven: Type.Boolean({ description: 'its bytes grew in the last 3 s' }),
});
export type RecordedTrack = Static<typeof RecordedTrack>;

export const DiskState = Type.Object({
  freeHours: Type.Number({ description: 'hours of recording that fit on the disk' }),
  level: Type.Enum(['ok', 'low', 'full'], { description: '`full`: nothing is recorded until space is made' }),
  message: Type.String({ description: 'what to do about it, in plain words; empty when ok' }),
});
export type DiskState = Static<typeof DiskState>;

export const RecordingState = Type.Object({
  id: OrNull(Type.String({ minLength: 1, maxLength: 64 })),
  active: Type.Boolean({ description: 'a recorder is attached and bytes are growing on disk' }),
  proven: Type.Boolean({ description: 'bytes grew in the last 3 s, the last fragment decoded, and there is sound' }),
  /** Why a class that runs is not recorded, or not proven, in plain words; empty when proven or when no class runs. */
  doubt: Type.String(),
  bytes: Type.Integer(),
  lastFragmentAt: OrNull(Instant),
  gaps: Type.Array(Gap),
  freeHours: Type.Number({ description: 'hours of recording that fit on the disk' }),
  tracks: Type.Array(RecordedTrack),
  pauses: Type.Array(Type.Object({ from: Instant, to: OrNull(Instant) })),
  heldBackSeconds: Type.Number({ description: 'of the newest part of the running class, which has not left the box and can still be erased' }),
  /** What the teacher had erased; live viewers saw it. `box`: it never left the box; `both`: the older part had, and the library hides it. */
  redactions: Type.Array(Type.Object({ from: Instant, to: Instant, where: Type.Enum(['box', 'both']) })),
  disk: DiskState,
  streamOnly: Type.Boolean({ description: 'a class runs and is not recorded because the disk has no space' }),
});
export type RecordingState = Static<typeof RecordingState>;

/**
 * `POST /api/lesson/erase` → `State`: takes the last seconds out of the recording while the class is live or paused. 409 `no_recording`;
 * 503 `erase_pending` where the disk does not answer yet.
 */
export const EraseRequest = Type.Object({ seconds: Type.Integer({ minimum: 5, maximum: 600 }) }, { additionalProperties: false });
