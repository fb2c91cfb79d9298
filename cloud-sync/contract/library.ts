/** The library's surface on campus (`:8100`): uploads from boxes, catalogue and replay grants for the edge. */
import Type, { type Static } from 'typebox';
import { IndexLine, RecordingMeta, TrackId } from './recording-folder.ts';

const Instant = Type.String({ format: 'date-time' });

export const LIBRARY_AUDIENCE = 'lectern-library';

/** Issued by campus to a box through its agent (scope `upload`, one hour), or by the edge for itself (scope `catalogue`, 60 s, `iss: "edge"`). */
export const LibraryClaims = Type.Object({
  iss: Type.Union([Type.Literal('campus'), Type.Literal('edge')]),
  aud: Type.Literal(LIBRARY_AUDIENCE),
  sub: Type.String(),
  scope: Type.Union([Type.Literal('upload'), Type.Literal('catalogue')]),
  /** The room whose recordings an `upload` token may send. */
  room: Type.Optional(Type.String()),
  /** And those in which the box stood before: what it had not sent when it was moved is theirs. */
  earlierRooms: Type.Optional(Type.Array(Type.String(), { maxItems: 16 })),
  exp: Type.Integer(),
});
export type LibraryClaims = Static<typeof LibraryClaims>;

/** tus `Upload-Metadata` of `POST /uploads`: one upload a part file, `Upload-Defer-Length: 1` while the class runs. */
export const UploadMetadata = Type.Object(
  {
    recording: Type.String({ format: 'uuid' }), part: Type.String({ pattern: '^[0-9]{1,4}$' }), room: Type.String(),
    /** Of a single source's part; the program's parts have none. */
    track: Type.Optional(TrackId),
  },
  { additionalProperties: false },
);

/** `PUT /api/recordings/:id/manifest` once every part is up → `Verdict`. Verified against the bytes on the library's disk. */
export const Manifest = Type.Object(
  {
    meta: RecordingMeta,
    parts: Type.Array(
      Type.Object({ track: Type.Optional(TrackId), part: Type.Integer(), upload: Type.String({ description: 'tus URL path' }), bytes: Type.Integer(), sha256: Type.String(), index: Type.Array(IndexLine) }),
      { maxItems: 1000 },
    ),
  },
  { additionalProperties: false },
);
export type Manifest = Static<typeof Manifest>;

/** `PUT /api/recordings/:id` while the class runs announces the recording (meta only); nothing is promised yet. */
export const Verdict = Type.Object({
  recording: Type.String(),
  safe: Type.Boolean(),
  verifiedAt: Type.Union([Instant, Type.Null()]),
  /** Parts that do not match what the manifest says (send them again): empty when safe. */
  wrong: Type.Array(Type.Object({ track: Type.Optional(TrackId), part: Type.Integer(), reason: Type.String() })),
});
export type Verdict = Static<typeof Verdict>;

export const RecordingEntry = Type.Object({
  id: Type.String(),
  room: Type.String(),
  title: Type.String(),
  teacher: Type.String(),
  recordedAt: Instant,
  endedAt: Type.Union([Instant, Type.Null()]),
  durationSeconds: Type.Number(),
  bytes: Type.Integer(),
  safe: Type.Boolean(),
  gaps: RecordingMeta.properties.gaps,
  pauses: Type.Array(Type.Object({ from: Instant, to: Type.Union([Instant, Type.Null()]) })),
  /** What the teacher had erased: it neither plays nor is given out. */
  redactions: Type.Array(Type.Object({ from: Instant, to: Instant })),
  /** Single sources that are kept beside the program; they don't replay. */
  tracks: Type.Array(Type.Object({ id: TrackId, kind: Type.String(), name: Type.String(), bytes: Type.Integer(), durationSeconds: Type.Number() })),
});
export type RecordingEntry = Static<typeof RecordingEntry>;
/** `GET /api/recordings?room=…` (console session, or edge with `catalogue`). Newest first, the last 1,000; one by `GET /api/recordings/:id`. */
export const Catalogue = Type.Object({ recordings: Type.Array(RecordingEntry) });

/** `POST /api/recordings/:id/grants` (edge, `catalogue`) → a signed playlist URL for one viewer: `/media/:id/index.m3u8?grant=…`, CORS open. */
export const GrantRequest = Type.Object({ viewer: Type.String() }, { additionalProperties: false });
export const Grant = Type.Object({ playlist: Type.String(), expiresAt: Instant });
