/** What the box captures: each source as it is now. */
import Type, { type Static } from 'typebox';

const Id = Type.String({ minLength: 1, maxLength: 64 });
const OrNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const SourceState = Type.Object({
  id: Id,
  name: Type.String(),
  kind: Type.Enum(['camera', 'slides', 'microphone', 'share']),
  signal: Type.Enum(['ok', 'lost', 'absent']),
  verdict: Type.Enum(['ok', 'black', 'frozen', 'silent', 'clipping']),
  fps: Type.Number({ description: 'measured over the last half second; sound counts blocks of 20 ms' }),
  width: Type.Integer({ description: 'as the device sends it, 0 where unknown or sound' }),
  height: Type.Integer(),
  levelDbfs: Type.Number({ description: 'RMS of the last 100 ms, -90 where silent or not a sound source' }),
  /** Why the signal is not ok, in words a teacher can act on; empty when it is. */
  advice: Type.String(),
  /** What is normal and worth knowing all the same ("The picture has not changed for 4 min; slides do that."); often empty. */
  note: Type.String(),
  still: Type.Boolean({ description: 'the picture has not changed for 10 s; no fault by itself' }),
  droppedFrames: Type.Integer({ description: 'pictures the box left out since it started, because they were damaged or came too fast' }),
  /** From the light in the lens (or the air at the microphone) to the program's gate; null before it was measured. */
  latencyMs: OrNull(Type.Number()),
  /** How fast its clock runs against the box's, parts per million; null where it is not measured. */
  driftPpm: OrNull(Type.Number()),
});
export type SourceState = Static<typeof SourceState>;
