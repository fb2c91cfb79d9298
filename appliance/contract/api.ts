/** The panel's API. Every route but the pairing ones wants `Authorization: Bearer`: the paired screen's token, or a PIN session's. */
import Type, { type Static } from 'typebox';
import { LayoutId } from './layout.ts';
import { State } from './state.ts';

/** `POST /api/session` `{ pin }` → a bearer token for an hour. 401 `wrong_pin`, 429 `too_many_tries` with `retryAfterMs`. */
export const PinRequest = Type.Object({ pin: Type.String({ pattern: '^[0-9]{4,8}$' }) }, { additionalProperties: false });
export const Session = Type.Object({ token: Type.String(), expiresAt: Type.String({ format: 'date-time' }) });

/** `POST /api/lesson/start`. Starting a running lesson answers 200 with the running one. All `lesson/*` routes answer `State`. */
export const StartRequest = Type.Object(
  { title: Type.Optional(Type.String({ maxLength: 200 })), teacher: Type.Optional(Type.String({ maxLength: 120 })) },
  { additionalProperties: false },
);
/** `POST /api/lesson/extend`. */
export const ExtendRequest = Type.Object(
  { minutes: Type.Union([Type.Literal(5), Type.Literal(10), Type.Literal(15)]) },
  { additionalProperties: false },
);
/** `POST /api/mute` → `State`: silences the program's sound, in stream and recording. */
export const MuteRequest = Type.Object({ muted: Type.Boolean() }, { additionalProperties: false });

const Speed = Type.Number({ minimum: -1, maximum: 1 });
/** `POST /api/cameras/:id/drive`, resent at least every 200 ms while the finger is down: the box stops the camera 300 ms after the last. */
export const DriveRequest = Type.Object(
  { pan: Speed, tilt: Speed, zoom: Speed },
  { additionalProperties: false, description: 'fractions of full speed; right, up and in are positive; all 0 stops' },
);
/** `POST /api/cameras/:id/stop`, `/home` take no body. `POST /api/cameras/:id/presets/:preset/recall`, `PUT /api/cameras/:id/presets/:preset` `{ name }`. */
export const PresetRequest = Type.Object({ name: Type.String({ minLength: 1, maxLength: 40 }) }, { additionalProperties: false });

/** `GET /api/return` → where the panel watches what students see; null while not enrolled. */
export const ReturnPicture = Type.Union([Type.Object({ whep: Type.String(), token: Type.String() }), Type.Null()]);

/** `GET /api/settings`, and `PUT /api/settings` (PIN session only: 403 `pin_needed` for the paired screen without one). */
export const Settings = Type.Object(
  {
    language: Type.Union([Type.Literal('en'), Type.Literal('zh-CN')]),
    defaultLayout: LayoutId,
    /** A room that is meant to be silent (a studio's video wall): silence is then no doubt about the recording. */
    silenceExpected: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type Settings = Static<typeof Settings>;
export const NewPinRequest = Type.Object(
  { pin: Type.String({ pattern: '^[0-9]{4,8}$' }), newPin: Type.String({ pattern: '^[0-9]{4,8}$' }) },
  { additionalProperties: false },
);

/** `WS /api/events`: first message from the page, then `state` at every change (at most 5 a second) and `levels` at 10 Hz. */
export const EventsHello = Type.Object({ type: Type.Literal('hello'), token: Type.String() }, { additionalProperties: false });
export const EventsMessage = Type.Union([
  Type.Object({ type: Type.Literal('welcome') }),
  Type.Object({ type: Type.Literal('state'), state: State }),
  Type.Object({
    type: Type.Literal('levels'),
    sources: Type.Record(Type.String(), Type.Number({ description: 'dBFS RMS' })),
    program: Type.Number(),
    /** Highest samples since the last message, dBFS. */
    peaks: Type.Record(Type.String(), Type.Number()),
    programPeak: Type.Number(),
  }),
]);
export type EventsMessage = Static<typeof EventsMessage>;
/** The page may also send drive commands here, which saves a request each: `{ type: 'drive', camera, pan, tilt, zoom }`. */
export const EventsDrive = Type.Object(
  { type: Type.Literal('drive'), camera: Type.String(), pan: Speed, tilt: Speed, zoom: Speed },
  { additionalProperties: false },
);
