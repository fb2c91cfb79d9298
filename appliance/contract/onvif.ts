/**
 * Setting up ONVIF cameras; all with a PIN session. `GET /api/cameras/discovered` → `Discovered`: what answered on the box's networks, looked
 * for anew where the last look is older than 10 s. `POST /api/cameras/discovered` `LookRequest` → `DiscoveredCamera`: one that is not found by
 * itself. `GET /api/cameras/:id/onvif` → `OnvifDetails`. `PUT /api/cameras/:id/login` `CameraLogin`: kept sealed, tried at once.
 * `GET /api/cameras/:id/still` a JPEG that the camera makes, `POST /api/cameras/:id/reboot`.
 */
import Type, { type Static } from 'typebox';

const Text = Type.String({ maxLength: 256 });
const OrNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const DiscoveredCamera = Type.Object({
  /** The device's own name for itself, the same after it got another address. */
  endpoint: Text,
  /** What to write as `onvif.url`. */
  url: Text,
  name: Text,
  model: Text,
  scopes: Type.Array(Text),
  /** The camera of this room that has this address. */
  usedBy: OrNull(Type.String()),
});
export type DiscoveredCamera = Static<typeof DiscoveredCamera>;
export const Discovered = Type.Object({ devices: Type.Array(DiscoveredCamera) });

export const LookRequest = Type.Object({ url: Type.String({ pattern: '^https?://[^\\s/@]+(?:/[^\\s]*)?$', maxLength: 256 }) }, { additionalProperties: false });
export const CameraLogin = Type.Object({ username: Type.String({ minLength: 1, maxLength: 128 }), password: Type.String({ maxLength: 256 }) }, { additionalProperties: false });

export const OnvifDetails = Type.Object({
  connected: Type.Boolean(),
  /** What to do where it is not. */
  advice: Type.String(),
  manufacturer: Text,
  model: Text,
  firmware: Text,
  serial: Text,
  services: Type.Array(Text),
  /** What the device leaves out or breaks, and how that showed. */
  missing: Type.Array(Type.Object({ service: Text, why: Type.String() })),
  profiles: Type.Array(Type.Object({
    name: Text, encoding: Text, width: Type.Number(), height: Type.Number(), moves: Type.Boolean(),
    /** What to write as a source's `url`. */
    source: Text,
  })),
  /** What the camera noticed by itself, the newest last. */
  notices: Type.Array(Type.Object({ at: Type.String({ format: 'date-time' }), kind: Type.Enum(['motion', 'tamper', 'other']), active: OrNull(Type.Boolean()), topic: Text })),
});
export type OnvifDetails = Static<typeof OnvifDetails>;
