/**
 * `WS /rooms/:room/events`: the live class. The first message is `hello` with a playback token; anything else, or nothing within 5 s,
 * closes with 4401. A student who loses the ticket is closed with 4403, one who is asked to leave with 4410; a shutdown, and an edge that is being
 * emptied, with 1012: connect again.
 */
import Type, { type Static } from 'typebox';
import { Quality } from './operations.ts';

export const FromViewer = Type.Union([
  Type.Object({ type: Type.Literal('hello'), token: Type.String({ maxLength: 4096 }) }, { additionalProperties: false }),
  /** Renews the right to stay before the playback token runs out. */
  Type.Object({ type: Type.Literal('renew'), token: Type.String({ maxLength: 4096 }) }, { additionalProperties: false }),
  /** `ref`: another one for every message of this account. Sent again under the same, a message is said once and answered each time. */
  Type.Object(
    { type: Type.Literal('chat'), text: Type.String({ minLength: 1, maxLength: 500 }), ref: Type.Optional(Type.String({ maxLength: 64 })) },
    { additionalProperties: false },
  ),
  /** Clock offset: the answer carries the edge's clock. */
  Type.Object({ type: Type.Literal('ping'), at: Type.Number() }, { additionalProperties: false }),
  /** How the picture is, now and then; each replaces the one before. */
  Type.Object({ type: Type.Literal('quality'), ...Quality.properties }, { additionalProperties: false }),
]);
export type FromViewer = Static<typeof FromViewer>;

export const ChatMessage = Type.Object({
  type: Type.Literal('chat'),
  id: Type.String(),
  from: Type.String({ description: 'display name' }),
  mine: Type.Boolean(),
  text: Type.String(),
  at: Type.String({ format: 'date-time' }),
  ref: Type.Optional(Type.String({ description: 'what its sender sent it under; where `mine`, in the history too' })),
});
export type ChatMessage = Static<typeof ChatMessage>;

export const ToViewer = Type.Union([
  Type.Object({
    type: Type.Literal('welcome'),
    name: Type.String(),
    live: Type.Boolean(),
    coming: Type.Optional(Type.Boolean()),
    ended: Type.Optional(Type.Boolean()),
    viewers: Type.Integer(),
    /** The last messages, oldest first, 50 at most. */
    history: Type.Array(ChatMessage),
  }),
  ChatMessage,
  /** The room went live or stopped, or the number of viewers changed (at most one a second). `coming`: somebody publishes, the first picture
   * is on its way. `ended`: the publisher said that the class is over. */
  Type.Object({ type: Type.Literal('room'), live: Type.Boolean(), coming: Type.Optional(Type.Boolean()), ended: Type.Optional(Type.Boolean()), viewers: Type.Integer() }),
  /** A message was not taken: `too_fast` (with `retryAfterMs`), `bad_message`, `too_long`. */
  Type.Object({
    type: Type.Literal('refused'),
    code: Type.String(),
    message: Type.String(),
    retryAfterMs: Type.Optional(Type.Number()),
    ref: Type.Optional(Type.String()),
  }),
  Type.Object({ type: Type.Literal('pong'), at: Type.Number(), edgeMs: Type.Number({ description: 'epoch ms on the edge, which shares the box clock through the capture times' }) }),
]);
export type ToViewer = Static<typeof ToViewer>;
