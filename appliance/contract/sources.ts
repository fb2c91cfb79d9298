/** What the box captures: each source as it is now, and what is plugged in that could be one. */
import Type, { type Static } from 'typebox';

const Id = Type.String({ minLength: 1, maxLength: 64 });
const OrNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** Its picture, as JPEG: `GET /api/sources/:id/snapshot`, made at most once a second. 409 `no_picture` while it has none. */
export const SourceState = Type.Object({
  id: Id,
  name: Type.String(),
  kind: Type.Enum(['camera', 'slides', 'microphone', 'share']),
  signal: Type.Enum(['ok', 'lost', 'absent']),
  verdict: Type.Enum(['ok', 'black', 'frozen', 'silent', 'clipping']),
  fps: Type.Number({ description: 'measured over the last half second; sound counts blocks of 20 ms' }),
  width: Type.Integer({ description: 'as the device sends it, counted in square pixels; 0 where unknown or sound' }),
  height: Type.Integer(),
  levelDbfs: Type.Number({ description: 'RMS of the last 100 ms, -90 where silent or not a sound source' }),
  /** Why the signal is not ok, in words a teacher can act on; empty when it is. */
  advice: Type.String(),
  /** What is normal and worth knowing all the same ("The picture has not changed for 4 min; slides do that."); often empty. */
  note: Type.String(),
  still: Type.Boolean({ description: 'the picture has not changed for 10 s; no fault by itself' }),
  droppedFrames: Type.Integer({ description: 'pictures the source gave that were lost on the way since the box started: damaged, or too late; a source that is faster than the program loses none by that' }),
  /** From the light in the lens (or the air at the microphone) to the program's gate; null before it was measured. */
  latencyMs: OrNull(Type.Number()),
  /** How fast its clock runs against the box's, parts per million; null where it is not measured. */
  driftPpm: OrNull(Type.Number()),
});
export type SourceState = Static<typeof SourceState>;

export const DeviceMode = Type.Object({
  format: Type.String({ description: 'as the device names it: mjpeg, h264, yuyv422, …' }),
  width: Type.Integer(),
  height: Type.Integer(),
  rates: Type.Optional(Type.Array(Type.Number(), { description: 'frames a second, highest first; left out where the device was not asked' })),
});
export type DeviceMode = Static<typeof DeviceMode>;

export const Device = Type.Object({
  /** What to write as a source's `url`: keeps naming this device when it is plugged in again. */
  url: Type.String(),
  name: Type.String(),
  media: Type.Enum(['picture', 'sound']),
  /** Best first; empty for sound, and for a device that is busy and does not say. */
  modes: Type.Array(DeviceMode),
  /** The source that uses it. */
  usedBy: OrNull(Id),
});
export type Device = Static<typeof Device>;

/** `GET /api/devices` (PIN session): what is plugged into the box. */
export const Devices = Type.Object({ devices: Type.Array(Device) });
