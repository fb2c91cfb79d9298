import Type, { type Static } from 'typebox';

/** One thing that is captured. The kinds are what the room sees; how it is captured follows from the URL's scheme. */
export const SourceConfig = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' }),
    name: Type.String({ minLength: 1, maxLength: 60 }),
    kind: Type.Enum(['camera', 'slides', 'microphone']),
    /** `rtsp://…` and `rtsps://…`, or a built-in test signal: `test:moving`, `test:bars`, `test:black`, `test:tone`, `test:silence`. */
    url: Type.String({ pattern: '^(rtsps?://[^\\s]+|test:(moving|bars|black|tone|silence))$' }),
    /** Frames a second taken from it, where fewer than the program's are enough (slides: 10 unless told otherwise). */
    fps: Type.Optional(Type.Integer({ minimum: 1, maximum: 60 })),
    /** Holds it back, so that picture and sound of different devices meet. */
    delayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 500 })),
  },
  { additionalProperties: false },
);
export type SourceConfig = Static<typeof SourceConfig>;

/** Slides seldom move: fewer frames cost less and lose nothing. */
export const SLIDES_FPS = 10;

export function isPicture(source: SourceConfig): boolean {
  return source.kind !== 'microphone';
}
