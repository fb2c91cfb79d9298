/**
 * Running an edge (door `admin`). `GET /api/rooms` → `Node`; `GET /api/admin/rooms/:room/viewers?after=&limit=` → `ViewerPage`;
 * `DELETE /api/admin/viewers/:id` and `DELETE /api/admin/rooms/:room/accounts/:account`, both with a `SendAway` body or none → `SentAway`;
 * `GET` and `PUT /api/admin/drain`; `POST /api/admin/reload` → `Reloaded`. What changes something is audited.
 */
import Type, { type Static } from 'typebox';

const Instant = Type.String({ format: 'date-time' });
const OrNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Count = Type.Integer({ minimum: 0 });

/** Says in a request for HTTP-FLV what asks: `rtmp`, where the RTMP process asks for a player of its own. It decides nothing. */
export const PLAYER_HEADER = 'x-lectern-player';

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
  protocol: Type.Union([Type.Literal('flv'), Type.Literal('rtmp')]),
  layer: Type.String(),
  /** Taken by the viewer's connection. */
  bytesSent: Count,
  /** Waits here for the viewer to read. */
  queuedBytes: Count,
  picturesLeftOut: Count,
  /** Groups of pictures of which something was left out. */
  groupsLeftOut: Count,
});
/** Parts are under a signature that all viewers share, and a cache may give them out: how many bytes one viewer had, nobody here knows. */
const HlsFigures = Type.Object({
  protocol: Type.Literal('hls'),
  /** Whose playlist was asked for last; null where a cache answers. */
  layer: OrNull(Type.String()),
  /** When one was; by a cache, when it last asked whether this viewer may have any. */
  lastSeenAt: Instant,
});
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

const Protocol = Type.Union([Type.Literal('whip'), Type.Literal('rtmp'), Type.Literal('none')]);

/** Of the publisher's, or made here for those who take no other (`converted`). */
const SoundTrack = Type.Object({
  codec: Type.Union([Type.Literal('opus'), Type.Literal('aac')]),
  channels: Type.Integer(),
  converted: Type.Boolean(),
  /** Null of what is made here. */
  bitrateKbps: OrNull(Type.Number()),
});
const LayerState = Type.Object({
  id: Type.String(),
  codec: Type.Literal('h264'),
  /** Hex of profile_idc, constraints and level, e.g. `42c01f`. */
  profileLevelId: Type.String(),
  width: Count, height: Count,
  /** What arrived in the last two seconds. */
  fps: Type.Number(), bitrateKbps: Type.Number(),
  /** Given to whoever joins: from the last keyframe on. */
  gopCache: Type.Object({ frames: Count, bytes: Count, ms: Type.Number() }),
});
const RoomState = Type.Object({
  room: Type.String(), live: Type.Boolean(),
  /** Who publishes now. */
  publisher: OrNull(Type.String()),
  /** Whose connection broke less than half a minute ago: the room is kept for them. */
  awaited: OrNull(Type.String()),
  protocol: Protocol,
  ingest: Type.Object({ lastMediaAt: OrNull(Instant), packets: Count, bytes: Count, delayMs: Type.Number() }),
  /** Pictures, by rendition, and each form of the sound. */
  tracks: Type.Object({ video: Type.Array(LayerState), audio: Type.Array(SoundTrack) }),
  /** Packets that WebRTC viewers may ask for again: held once, however many watch. */
  packetHistory: Type.Object({ packets: Count, bytes: Count, ms: Type.Number() }),
  /** How far back LL-HLS players can go, and what all its tracks take in memory. */
  dvr: Type.Object({
    seconds: Type.Number(), bytes: Count,
    tracks: Type.Array(Type.Object({ id: Type.String(), codec: Type.String(), seconds: Type.Number(), bytes: Count })),
  }),
  viewers: Type.Object({ whep: Count, hls: Count, flv: Count, rtmp: Count }),
  /** As their pages report, of those who watch now. */
  freezes: Count, stalledSeconds: Type.Number(),
});
export type RoomState = Static<typeof RoomState>;

/** What left by the pump for WebRTC viewers since the start, and what was lost in this process. */
const Sent = Type.Object({
  packets: Count, bytes: Count,
  /** Packets that found the pump's queue full. */
  overflowed: Count,
  /** Packets that the kernel did not take, or that were too long. */
  refused: Count,
  /** Datagrams that came and belonged to nobody, or could not be read. */
  datagramsDropped: Count,
});
export type Sent = Static<typeof Sent>;

export const Level = Type.Union([Type.Literal('normal'), Type.Literal('busy'), Type.Literal('full')]);
export type Level = Static<typeof Level>;

export const Node = Type.Object({
  load: Type.Object({ level: Level, because: Type.Array(Type.String()), figures: Figures }),
  drain: DrainState,
  sent: Sent,
  rooms: Type.Array(RoomState),
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
