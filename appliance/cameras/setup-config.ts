import Type from 'typebox';
import { CameraSettings } from '../contract/cameras.ts';

/** What the configuration may say of a camera's place in its room, beside how it is reached. How it may move can be changed on the panel. */
export const cameraSetupKeys = {
  /** The source whose picture it takes: that of its own name, or the room's only camera, unless told. */
  source: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' })),
  /** Across the picture at its widest, as measured in the room. Touching the picture to centre it is as exact as this. */
  fieldOfViewDeg: Type.Optional(Type.Number({ minimum: 5, maximum: 170 })),
  /** Where each of `presets` is, as the installer read it: a camera that does not have it saved is turned there, and saves it. */
  positions: Type.Optional(Type.Record(Type.String(), Type.Object({ panDeg: Type.Number(), tiltDeg: Type.Number(), zoom: Type.Number({ minimum: 1 }) }, { additionalProperties: false }))),
  onAirMoves: Type.Optional(CameraSettings.properties.onAirMoves),
  limits: Type.Optional(CameraSettings.properties.limits),
  parking: Type.Optional(CameraSettings.properties.parking),
};
