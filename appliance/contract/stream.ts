/**
 * How the class leaves the building: `stream` in `GET /api/state`. `POST /api/stream/stop` and `POST /api/stream/resume` (no body, answer
 * `State`, 409 `no_class` outside a class) stop and start the sending alone: the recording goes on. A stopped stream stays stopped over
 * a restart of the box; the next class is sent again.
 */
import Type, { type Static } from 'typebox';

const OrNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const StreamState = Type.Object({
  protocol: Type.Union([Type.Literal('whip'), Type.Literal('rtmp'), Type.Literal('none')]),
  /** What the packets travel in: `tcp` where UDP is blocked. */
  transport: Type.Union([Type.Literal('udp'), Type.Literal('tcp'), Type.Literal('none')]),
  sending: Type.Boolean({ description: 'media bytes left the box in the last 2 s' }),
  seenAtEdge: Type.Boolean({ description: 'the edge reports media of this room younger than 3 s' }),
  /** The teacher stopped the sending of this class; it is recorded nevertheless. */
  stopped: Type.Boolean(),
  /** Renditions that are being sent, best first: fewer than the encoder makes where the network carries no more; none but sound: []. */
  layers: Type.Array(Type.String({ maxLength: 64 })),
  /** What the way to the edge carries, as measured; null where nothing measures it (RTMP, or nothing is sent). */
  estimateKbps: OrNull(Type.Number()),
  lossPercent: OrNull(Type.Number({ description: 'packets lost on the way, over the last second or so, before they were repaired' })),
  rttMs: OrNull(Type.Number()),
  viewers: Type.Integer(),
  delayMs: Type.Number({ description: 'capture to arrival at the edge, as the edge measured it' }),
  /** One sentence when the class is not reaching students although it should; empty otherwise. */
  problem: Type.String(),
});
export type StreamState = Static<typeof StreamState>;
