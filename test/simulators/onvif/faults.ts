import Type, { type Static } from 'typebox';

const Service = Type.Enum(['media', 'media2', 'ptz', 'imaging', 'events']);

/** What is odd or wrong with the camera, each seen in the wild. Each is off unless set. */
export const OnvifFaults = Type.Object(
  {
    /** How names and passwords are given: `wsse` unless set. */
    auth: Type.Optional(Type.Enum(['wsse', 'digest', 'both', 'none'])),
    /** The camera's clock less the true time. WS-Security is refused beyond 5 s of the camera's own. */
    clockSkewMs: Type.Optional(Type.Integer()),
    /** Even the time is told to those with a password only. */
    timeNeedsPassword: Type.Optional(Type.Boolean()),
    /** HTTP digest nonces are good for this many requests. */
    nonceUses: Type.Optional(Type.Integer({ minimum: 1 })),
    /** Left out of GetServices and GetCapabilities. */
    missing: Type.Optional(Type.Array(Service)),
    /** Announced, and answering with a fault. */
    broken: Type.Optional(Type.Array(Service)),
    /** From before 2011: knows GetCapabilities alone. */
    noGetServices: Type.Optional(Type.Boolean()),
    /** Addresses of services name a host that leads nowhere. */
    foreignAddresses: Type.Optional(Type.Boolean()),
    /** ContinuousMove runs on after its Timeout. */
    ignoresTimeout: Type.Optional(Type.Boolean()),
    stopUnsupported: Type.Optional(Type.Boolean()),
    /** MoveStatus says MOVING for ever. */
    stickyMoving: Type.Optional(Type.Boolean()),
    /** ContinuousMove of pan, tilt and zoom at once is refused. */
    refusesBothAxes: Type.Optional(Type.Boolean()),
    /** Positions in parts of the reach only, not in degrees. */
    noDegrees: Type.Optional(Type.Boolean()),
    noRenew: Type.Optional(Type.Boolean()),
    /** The next pull is answered with a fault, and the subscription is gone. */
    losesSubscription: Type.Optional(Type.Boolean()),
    /** Every answer comes this much later. */
    delayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 120_000 })),
    /** A reboot wipes the presets. */
    forgetsPresets: Type.Optional(Type.Boolean()),
    /** Nothing that is asked arrives: neither done nor answered, as on a line that is cut. */
    deaf: Type.Optional(Type.Boolean()),
    /** What is answered instead of a message. */
    answer: Type.Optional(Type.Enum(['broken', 'huge', 'endless', 'bomb', 'deep', 'html', 'empty'])),
    /** Only to operations whose name has this in it. */
    only: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
  },
  { additionalProperties: false },
);
export type OnvifFaults = Static<typeof OnvifFaults>;
