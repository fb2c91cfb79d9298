import Type, { type Static } from 'typebox';

/** As it is written, or as this box sealed it. */
export const Secret = Type.Union([
  Type.String({ maxLength: 256 }),
  Type.Object({ sealed: Type.String({ pattern: '^v1\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*$' }) }, { additionalProperties: false }),
]);
export type Secret = Static<typeof Secret>;

/**
 * Which certificate of an `https` camera is good: one that the system trusts for its name, the one of this SHA-256 (hex), or any.
 * Cameras sign their own: pin it. `any` protects against nobody on the way.
 */
const Trust = Type.String({ pattern: '^(?:system|any|pinned:[0-9a-fA-F]{64})$' });
export type Trust = Static<typeof Trust>;

const Range = Type.Tuple([Type.Number({ minimum: -360, maximum: 360 }), Type.Number({ minimum: -360, maximum: 360 })]);

export const DiscoveryConfig = Type.Object(
  {
    /** Addresses of the box, each of one of its networks; none: nothing is looked for. */
    interfaces: Type.Optional(Type.Array(Type.String({ format: 'ipv4' }), { maxItems: 16 })),
    /** 3702 unless told (WS-Discovery 1.0, section 2.4). */
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
  },
  { additionalProperties: false },
);
export type DiscoveryConfig = Static<typeof DiscoveryConfig>;

export const OnvifConfig = Type.Object(
  {
    /** `http://host[:port]`, with a path where it is not `/onvif/device_service`. */
    url: Type.String({ pattern: '^https?://[^\\s/@]+(?:/[^\\s]*)?$', maxLength: 512 }),
    username: Type.Optional(Type.String({ maxLength: 128 })),
    password: Type.Optional(Secret),
    /** `system` unless told. */
    trust: Type.Optional(Trust),
    /** Token or name of the media profile to drive and to show; the first with pan and tilt unless told. */
    profile: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    /** The head's reach in degrees, for cameras that count in parts of it; ±170 and -30 to 90 unless told. */
    panRangeDeg: Type.Optional(Range),
    tiltRangeDeg: Type.Optional(Range),
    /** Magnification at the end of the optical zoom; 20 unless told. */
    maxZoom: Type.Optional(Type.Number({ minimum: 1, maximum: 50 })),
  },
  { additionalProperties: false },
);
export type OnvifConfig = Static<typeof OnvifConfig>;

const DEVICE_PATH = '/onvif/device_service';

/** Where the device service is: the one path that the specification fixes (core specification, section 5.1.1), unless told. */
export function deviceAddress(url: string): URL {
  const address = new URL(url);
  if (address.pathname === '/') address.pathname = DEVICE_PATH;
  return address;
}
