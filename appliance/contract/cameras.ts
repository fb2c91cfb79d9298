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
 * `POST /api/cameras/:id/framing` → `State`. Off until somebody asks, and then as it was asked, over restarts of the box. `zone` follows inside a part of the room only: the one given, else
 * the one that is set up, else what the camera shows at this moment. 400 `camera_cannot` where the room has no automatic operator.
 */
export const FramingRequest = Type.Object({ mode: FramingMode, zone: Type.Optional(FramingZone) }, closed);
export type FramingRequest = Static<typeof FramingRequest>;

export const FramingState = Type.Object({
  mode: FramingMode,
  /**
   * `wide`: nobody was found for a while, and the whole room is shown. `paused-by-touch`: a person has the camera. `yielding`: the box
   * has more important work. `standing-on-air`: students watch, and the camera is set to stand still for them. `unavailable`: it cannot
   * work here; `reason` says why.
   */
  state: Type.Enum(['off', 'following', 'wide', 'paused-by-touch', 'yielding', 'standing-on-air', 'unavailable']),
  reason: Type.String({ description: 'a sentence, empty where there is nothing to say' }),
  zone: OrNull(FramingZone),
});
export type FramingState = Static<typeof FramingState>;

/**
 * How a camera may be moved while students watch it: as always, slowly (at a third of its speed, speeding up over a second), or not at
 * all (409 `camera_on_air`; the automatic operator stands still too). Stopping is never refused, and the operator is gentle by itself.
 */
const OnAirMoves = Type.Enum(['free', 'smooth', 'refuse']);
export type OnAirMoves = Static<typeof OnAirMoves>;

/** Where a head may look, and how near: a drive ends there, a move is cut short there. */
const CameraLimits = Type.Object({ ...FramingZone.properties, maxZoom: Type.Optional(Type.Number({ minimum: 1, maximum: 50 })) }, closed);
export type CameraLimits = Static<typeof CameraLimits>;

/** Where a head rests when nobody has touched it for so long, never from the lead time of a class to its end. */
const Parking = Type.Object({ preset: OrNull(Id), afterMinutes: Type.Integer({ minimum: 1, maximum: 1_440 }) }, { ...closed, description: 'preset null: home' });
export type Parking = Static<typeof Parking>;

/** `GET`, `PUT /api/cameras/:id/settings` (settings). 400 `bad_limits`, 404 `unknown_preset`. */
export const CameraSettings = Type.Object({ onAirMoves: OnAirMoves, limits: OrNull(CameraLimits), parking: OrNull(Parking) }, closed);
export type CameraSettings = Static<typeof CameraSettings>;

const Part = Type.Number({ minimum: 0, maximum: 1 });
/** `POST /api/cameras/:id/centre`: the point, in fractions of the camera's own picture from the top left, that is to come to its middle. */
export const CentreRequest = Type.Object({ x: Part, y: Part }, closed);

const CareAction = Type.Enum([
  'focus-now', 'focus-auto', 'brighter', 'darker', 'exposure-auto', 'light-auto', 'light-indoor', 'light-outdoor', 'backlight-on', 'backlight-off', 'wake',
]);
export type CareAction = Static<typeof CareAction>;
/** `POST /api/cameras/:id/care`: focus, brightness and colours in plain words. Those that a camera can are in its `can`. 400 `camera_cannot`. */
export const CareRequest = Type.Object({ do: CareAction }, closed);

export const CameraState = Type.Object({
  id: Id,
  name: Type.String(),
  link: Type.Union([Type.Literal('ok'), Type.Literal('lost')]),
  panDeg: Type.Number(),
  tiltDeg: Type.Number(),
  zoom: Type.Number({ description: 'magnification, 1 is wide' }),
  moving: Type.Boolean(),
  /** `pictureAt`: when its picture was taken, `GET /api/cameras/:id/presets/:preset/picture` (image/jpeg); left out where there is none. */
  presets: Type.Array(Type.Object({ id: Id, name: Type.String(), pictureAt: Type.Optional(Type.String({ format: 'date-time' })) })),
  advice: Type.String(),
  /** The source whose picture it takes. */
  source: Type.Optional(Id),
  onAir: Type.Optional(Type.Boolean({ description: 'students see its picture now' })),
  moves: Type.Optional(OnAirMoves),
  can: Type.Optional(Type.Array(CareAction)),
  power: Type.Optional(Type.Enum(['on', 'off'])),
  /** The automatic operator; left out where the room has none. */
  framing: Type.Optional(FramingState),
});
export type CameraState = Static<typeof CameraState>;
