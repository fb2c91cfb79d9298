/** The room's camera heads: where they look, what a person may ask of them, and who moves them. */
import Type, { type Static } from 'typebox';

const closed = { additionalProperties: false };
const Id = Type.String({ minLength: 1, maxLength: 64 });
const OrNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Degrees = Type.Number({ minimum: -360, maximum: 360 });

/** A part of the room, in degrees of the head: right and up are positive. */
export const FramingZone = Type.Object({ minPanDeg: Degrees, maxPanDeg: Degrees, minTiltDeg: Degrees, maxTiltDeg: Degrees }, closed);
export type FramingZone = Static<typeof FramingZone>;

const FramingMode = Type.Enum(['off', 'follow', 'zone']);

/**
 * `POST /api/cameras/:id/framing` → `State`. Off until somebody asks. `zone` follows inside a part of the room only: the one given, else
 * the one that is set up, else what the camera shows at this moment. 400 `camera_cannot` where the room has no automatic operator.
 */
export const FramingRequest = Type.Object({ mode: FramingMode, zone: Type.Optional(FramingZone) }, closed);
export type FramingRequest = Static<typeof FramingRequest>;

export const FramingState = Type.Object({
  mode: FramingMode,
  /**
   * `wide`: nobody was found for a while, and the whole room is shown. `paused-by-touch`: a person has the camera. `yielding`: the box
   * has more important work. `unavailable`: it cannot work here; `reason` says why.
   */
  state: Type.Enum(['off', 'following', 'wide', 'paused-by-touch', 'yielding', 'unavailable']),
  reason: Type.String({ description: 'a sentence, empty where there is nothing to say' }),
  zone: OrNull(FramingZone),
});
export type FramingState = Static<typeof FramingState>;

export const CameraState = Type.Object({
  id: Id,
  name: Type.String(),
  link: Type.Union([Type.Literal('ok'), Type.Literal('lost')]),
  panDeg: Type.Number(),
  tiltDeg: Type.Number(),
  zoom: Type.Number({ description: 'magnification, 1 is wide' }),
  moving: Type.Boolean(),
  presets: Type.Array(Type.Object({ id: Id, name: Type.String() })),
  advice: Type.String(),
  /** The automatic operator; left out where the room has none. */
  framing: Type.Optional(FramingState),
});
export type CameraState = Static<typeof CameraState>;
