/** One touch that does several things: views, a layout and sound together, as data. */
import Type, { type Static } from 'typebox';
import { LayoutId, LayoutRequest } from './layout.ts';

const closed = { additionalProperties: false };
const Id = Type.String({ minLength: 1, maxLength: 64 });

const ViewStep = Type.Object({ type: Type.Literal('view'), camera: Id, preset: Id }, closed);
const LayoutStep = Type.Object({ type: Type.Literal('layout'), ...LayoutRequest.properties }, closed);
const SoundStep = Type.Object(
  { type: Type.Literal('sound'), source: Id, muted: Type.Optional(Type.Boolean()), gainDb: Type.Optional(Type.Number({ minimum: -40, maximum: 20 })) },
  closed,
);
const MuteStep = Type.Object({ type: Type.Literal('mute'), muted: Type.Boolean() }, closed);

/**
 * `GET`, `PUT`, `DELETE /api/macros/:id` (settings; 404 `unknown_macro`, 400 `bad_macro`), `POST /api/macros/:id/run` → `State`. A camera
 * that students watch is not seen to travel: where another picture can stand in, it is shown until the head has come to rest.
 */
export const Macro = Type.Object(
  { id: LayoutId, name: Type.String({ minLength: 1, maxLength: 40 }), steps: Type.Array(Type.Union([ViewStep, LayoutStep, SoundStep, MuteStep]), { minItems: 1, maxItems: 8 }) },
  closed,
);
export type Macro = Static<typeof Macro>;

export const MacrosState = Type.Object({
  list: Type.Array(Type.Object({ id: LayoutId, name: Type.String() })),
  /** The one under way. */
  running: Type.Union([LayoutId, Type.Null()]),
  problem: Type.String({ description: 'what the last one could not do, and why; empty where all was done' }),
});
export type MacrosState = Static<typeof MacrosState>;
