import Type, { type Static } from 'typebox';
import { FramingZone } from '../../contract/cameras.ts';

const Degrees = FramingZone.properties.minPanDeg;

/** Of a camera's automatic operator, which is off until somebody turns it on. */
export const FramingConfig = Type.Object(
  {
    /** For following in a part of the room. */
    zone: Type.Optional(FramingZone),
    /** Where the whole room is seen, zoomed out; the middle of the zone, or of the head's reach, unless told. */
    wide: Type.Optional(Type.Object({ panDeg: Degrees, tiltDeg: Degrees }, { additionalProperties: false })),
    /** After a person's last touch; 20 unless told. */
    handBackSeconds: Type.Optional(Type.Integer({ minimum: 3, maximum: 3_600 })),
  },
  { additionalProperties: false },
);
export type FramingConfig = Static<typeof FramingConfig>;
