import Type, { type Static } from 'typebox';

const ADDRESS = [
  // Our own client; FFmpeg's, for codecs that ours does not read.
  'rtsps?://[^\\s]+', 'rtsp\\+ffmpeg://[^\\s]+',
  // A node (`/dev/video0`) or, better, a name that stays (`/dev/v4l/by-id/…`).
  'v4l2:/dev/[^\\s]+', 'alsa:[^\\s]+', 'pulse:[^\\s]*',
  // A profile of a camera of this room: `onvif:CAMERA`, `onvif:CAMERA/PROFILE`.
  'onvif:[a-z0-9][a-z0-9-]{0,31}(?:/[^\\s]+)?',
  // Played again and again.
  'file:/.+',
  'test:(?:moving|bars|black|tone|silence)',
  // What a laptop in the room shares, while it does: its screen, and its sound where it gives that too.
  'share:(?:sound)?',
].join('|');

/** One thing that is captured. The kinds are what the room sees; how it is captured follows from the URL's scheme. */
export const SourceConfig = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' }),
    name: Type.String({ minLength: 1, maxLength: 60 }),
    kind: Type.Enum(['camera', 'slides', 'microphone', 'share']),
    url: Type.String({ pattern: `^(?:${ADDRESS})$` }),
    /** Frames a second taken from it, where fewer than the program's are enough (slides: 10 unless told otherwise). */
    fps: Type.Optional(Type.Integer({ minimum: 1, maximum: 60 })),
    /** Holds it back, so that picture and sound of different devices meet. */
    delayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 500 })),
    /** A microphone that is on air only while another one fails. */
    backup: Type.Optional(Type.Boolean()),
    /** How RTSP media travel: over the connection itself, unless told otherwise. */
    transport: Type.Optional(Type.Enum(['tcp', 'udp'])),
    /** Gives a track of its own to whoever records: H.264 as the camera sends it, sound as AAC, other pictures encoded once more. */
    isolated: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type SourceConfig = Static<typeof SourceConfig>;

/** Slides seldom move: fewer frames cost less and lose nothing. */
export const SLIDES_FPS = 10;

export function isPicture(source: SourceConfig): boolean {
  return source.kind !== 'microphone' && source.url !== 'share:sound';
}
