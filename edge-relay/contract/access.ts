/** Who may do what at the edge, as signed tokens (JWT, EdDSA; RFC 7519, RFC 8037) carry it. */
import Type, { type Static } from 'typebox';

/** Audience of every token that the edge accepts. */
export const EDGE_AUDIENCE = 'lectern-edge';

/**
 * Issued by campus (`iss: "campus"`), verified by the edge with campus's public key. A box renews its `publish` and `watch` tokens through its
 * agent; `admin` tokens live 60 s and are made per request.
 */
export const ServiceClaims = Type.Object({
  iss: Type.Literal('campus'),
  aud: Type.Literal(EDGE_AUDIENCE),
  /** Box id, or `campus`. */
  sub: Type.String(),
  scope: Type.Union([Type.Literal('publish'), Type.Literal('watch'), Type.Literal('admin')]),
  /** The one room that a `publish` token may publish to and read the state of, and a `watch` token may watch: what the room's panel shows of what students see. */
  room: Type.Optional(Type.String()),
  /** Of a `publish` token; 0 without it. A publisher takes the room from one of a lower rank: the room's own box from a guest's encoder. */
  rank: Type.Optional(Type.Integer({ minimum: 0, maximum: 9 })),
  exp: Type.Integer({ description: 'seconds since 1970' }),
});
export type ServiceClaims = Static<typeof ServiceClaims>;

/** Issued by the edge itself (`iss: "edge"`): a viewer's right to one room for ten minutes. */
export const PlaybackClaims = Type.Object({
  iss: Type.Literal('edge'),
  aud: Type.Literal(EDGE_AUDIENCE),
  sub: Type.String({ description: 'account id' }),
  scope: Type.Literal('play'),
  room: Type.String(),
  name: Type.String({ description: 'shown in the chat' }),
  jti: Type.String({ description: 'session id: what a revocation names' }),
  exp: Type.Integer(),
});
export type PlaybackClaims = Static<typeof PlaybackClaims>;
