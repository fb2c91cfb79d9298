/** What the program looks like: the built-in layouts, and a room's own as data. */
import Type, { type Static } from 'typebox';

const closed = { additionalProperties: false };

export const LayoutId = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,47}$' });
export type LayoutId = Static<typeof LayoutId>;

export const BuiltInLayoutId = Type.Enum(['camera', 'slides', 'picture-in-picture', 'side-by-side']);
export type BuiltInLayoutId = Static<typeof BuiltInLayoutId>;

/** Where the camera sits in `picture-in-picture`. */
const Corner = Type.Enum(['top-left', 'top-right', 'bottom-left', 'bottom-right']);
const InsetSize = Type.Enum(['small', 'medium', 'large']);
export const Inset = Type.Object({ corner: Corner, size: InsetSize }, closed);
export type Inset = Static<typeof Inset>;

/** `POST /api/layout` → `State`. Corner and size stay as they were where they are left out. 404 `unknown_layout`. */
export const LayoutRequest = Type.Object({ id: LayoutId, corner: Type.Optional(Corner), size: Type.Optional(InsetSize) }, closed);
export type LayoutRequest = Static<typeof LayoutRequest>;

const Part = Type.Number({ minimum: 0, maximum: 1 });
/** `tiles` as they would be drawn now, in fractions of the program, from back to front. */
export const LayoutSummary = Type.Object({
  id: LayoutId,
  name: Type.String(),
  kind: Type.Enum(['built-in', 'custom']),
  tiles: Type.Array(Type.Object({ source: Type.String(), x: Part, y: Part, width: Part, height: Part })),
});
export type LayoutSummary = Static<typeof LayoutSummary>;

const Fraction = Type.Number({ minimum: 0, maximum: 1 });
/** Fractions of the program (or of a source's picture), from the top left. */
export const FractionRect = Type.Object({ x: Fraction, y: Fraction, width: Fraction, height: Fraction }, closed);
export type FractionRect = Static<typeof FractionRect>;

const Colour = Type.String({ pattern: '^#[0-9a-fA-F]{6}$' });
/** A file that was sent with `PUT /api/layout-images/:file` (settings; image/png or image/jpeg, 2 MB). `GET /api/layout-images` lists them; `DELETE` one. */
export const ImageFile = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,47}\\.(png|jpg)$' });
export const LayoutImages = Type.Object({ files: Type.Array(ImageFile) });

export const LayoutTile = Type.Object(
  {
    /** A source's id, or a kind (`camera`, `slides`, `share`): then the room's first of that kind. */
    source: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' }),
    rect: FractionRect,
    /** The part of the source's picture that is shown; all of it unless told. */
    crop: Type.Optional(FractionRect),
    /** Higher is in front. */
    z: Type.Integer({ minimum: 0, maximum: 100 }),
    /** `contain` shows all with the background around it, `cover` fills the rectangle and cuts what is over. Never stretched. */
    fit: Type.Enum(['contain', 'cover']),
  },
  closed,
);
export type LayoutTile = Static<typeof LayoutTile>;

export const LowerThird = Type.Object(
  { show: Type.Boolean(), fields: Type.Array(Type.Enum(['course', 'teacher', 'date']), { minItems: 1, maxItems: 3, uniqueItems: true }) },
  closed,
);
export type LowerThird = Static<typeof LowerThird>;

/** `GET`, `PUT`, `DELETE /api/layouts/:id` (settings). `PUT` answers 400 `bad_layout` with every problem as a sentence in `details.problems`. */
export const CustomLayout = Type.Object(
  {
    id: LayoutId,
    name: Type.String({ minLength: 1, maxLength: 60 }),
    background: Type.Union([Type.Object({ colour: Colour }, closed), Type.Object({ image: ImageFile }, closed)]),
    tiles: Type.Array(LayoutTile, { minItems: 1, maxItems: 8 }),
    lowerThird: Type.Optional(LowerThird),
    logo: Type.Optional(Type.Object({ file: ImageFile, rect: FractionRect }, closed)),
  },
  closed,
);
export type CustomLayout = Static<typeof CustomLayout>;
