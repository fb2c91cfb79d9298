/**
 * Running an edge (door `admin`). `GET /api/rooms` → `Node`; `GET /api/admin/rooms/:room/viewers?after=&limit=` → `ViewerPage`;
 * `DELETE /api/admin/viewers/:id` and `DELETE /api/admin/rooms/:room/accounts/:account`, both with a `SendAway` body or none → `SentAway`;
 * `GET` and `PUT /api/admin/drain`; `POST /api/admin/reload` → `Reloaded`. What changes something is audited.
 */
import Type, { type Static } from 'typebox';

const Instant = Type.String({ format: 'date-time' });
const OrNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Count = Type.Integer({ minimum: 0 });

/** How it goes for one viewer, as its page says: added up over the connection that it has now. Nobody checks it: it decides nothing. */
export const Quality = Type.Object(
  {
    protocol: Type.Union([Type.Literal('whep'), Type.Literal('hls')]),
    /** Times that the picture stood when it should have moved, and for how long together. */
    freezes: Type.Integer({ minimum: 0, maximum: 1e6 }),
    stalledSeconds: Type.Number({ minimum: 0, maximum: 1e6 }),
    framesDropped: Type.Integer({ minimum: 0, maximum: 1e9 }),
    /** Capture to display; null until a frame said so. */
    delayMs: OrNull(Type.Number({ minimum: -1e7, maximum: 1e7 })),
  },
  { additionalProperties: false },
);
export type Quality = Static<typeof Quality>;

export const WhepFigures = Type.Object({
  protocol: Type.Literal('whep'),
  /** Null before the first keyframe, and where only sound gets through. */
  layer: OrNull(Type.String()),
  roundTripMs: OrNull(Type.Number()),
  /** Of the packets sent, as the viewer's reports tell. */
  lossShare: Type.Number(),
  bytesSent: Count,
  packetsSent: Count,
  retransmitted: Count,
  /** Pictures that would have left too late. */
  framesLeftOut: Count,
  /** What the way carries; null while nothing speaks against all being well, and nothing is counted. */
  way: OrNull(Type.Object({ kbps: Type.Number(), limited: Type.Boolean(), lossShare: Type.Number(), queueMs: Type.Number() })),
});
export const FlvFigures = Type.Object({
  protocol: Type.Literal('flv'),
  layer: Type.String(),
  /** Waits here for the viewer to read. */
  queuedBytes: Count,
  picturesLeftOut: Count,
});
const HlsFigures = Type.Object({ protocol: Type.Literal('hls') });
export type SeatFigures = Static<typeof WhepFigures> | Static<typeof FlvFigures>;

export const ViewerPage = Type.Object({
  total: Count,
  /** By id. */
  viewers: Type.Array(
    Type.Object({
      id: Type.String(),
      account: Type.String(),
      since: Instant,
      figures: Type.Union([WhepFigures, FlvFigures, HlsFigures]),
      /** Null from players that are no page of ours, and before the first word. */
      reported: OrNull(Type.Object({ ...Quality.properties, at: Instant })),
    }),
  ),
  /** `after` of the next page; null where this is the last. */
  next: OrNull(Type.String()),
});
export type ViewerPage = Static<typeof ViewerPage>;
export const ViewerQuery = Type.Object({ after: Type.Optional(Type.String({ maxLength: 64 })), limit: Type.Optional(Type.String({ pattern: '^[0-9]{1,3}$' })) });

/** `forSeconds`: for so long the account does not get back into the room; 0, or left out, lets it come back when it asks, and lifts an earlier wait. */
export const SendAway = Type.Optional(
  Type.Union([Type.Null(), Type.Object({ forSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400 })) }, { additionalProperties: false })]),
);
export const SentAway = Type.Object({ account: Type.String(), room: Type.String(), sessions: Count, until: OrNull(Instant) });

/** With `draining`, nobody new comes in and those who are here are sent on, in random order over so many seconds. Ends with the process, too. */
export const DrainOrder = Type.Object(
  { draining: Type.Boolean(), overSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400 })) },
  { additionalProperties: false },
);
export const DrainState = Type.Object({
  draining: Type.Boolean(),
  since: OrNull(Instant),
  /** By then the last viewer is sent on, and publishers after them. */
  until: OrNull(Instant),
  /** Playback sessions that are still here. */
  sessions: Count,
});
export type DrainState = Static<typeof DrainState>;

export const Figures = Type.Object({
  /** Mean over the last second, beyond what a timer takes anyway. */
  loopDelayMs: Type.Number(),
  /** Share of the last second that JavaScript was at work. */
  loopShare: Type.Number(),
  /** Of all processors that this process may use. */
  cpuShare: Type.Number(),
  /** What was handed to the pump has waited this long to leave. */
  pumpWaitMs: Type.Number(),
  /** WebRTC connections, of the most that are taken. */
  peersShare: Type.Number(),
  /** Of the memory that this process may use. */
  memoryShare: Type.Number(),
});
export type Figures = Static<typeof Figures>;

export const Level = Type.Union([Type.Literal('normal'), Type.Literal('busy'), Type.Literal('full')]);
export type Level = Static<typeof Level>;

export const Node = Type.Object({
  load: Type.Object({ level: Level, because: Type.Array(Type.String()), figures: Figures }),
  drain: DrainState,
  rooms: Type.Array(
    Type.Object({
      room: Type.String(), live: Type.Boolean(), publisher: OrNull(Type.String()),
      viewers: Type.Object({ whep: Count, hls: Count, flv: Count }),
      /** As their pages report, of those who watch now. */
      freezes: Count, stalledSeconds: Type.Number(),
    }),
  ),
});
export type Node = Static<typeof Node>;

export const Reloaded = Type.Object({
  files: Type.Array(
    Type.Object({
      name: Type.String(),
      outcome: Type.Union([Type.Literal('changed'), Type.Literal('unchanged'), Type.Literal('failed')]),
      /** Why what was found is no good; what was in use stays so. */
      reason: OrNull(Type.String()),
    }),
  ),
});
export type Reloaded = Static<typeof Reloaded>;
