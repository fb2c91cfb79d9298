/** What campus does with a running edge: looks at its viewers, asks some to leave, empties it; and the load it is under. */
import type { Static } from 'typebox';
import { CodedError } from '#kit/process/errors.ts';
import type { Place, Places } from '../access/places.ts';
import type { SentAway } from '../access/sent-away.ts';
import type { DrainState, Node, RoomState, Sent, SentAway as SentAwayAnswer, ViewerPage } from '../contract/operations.ts';
import type { LiveClasses } from '../live/live-classes.ts';
import type { Room } from '../rooms/room.ts';
import type { RoomBus } from '../rooms/room-bus.ts';
import type { Drain } from './drain.ts';
import type { LoadMeter } from './load-meter.ts';

export interface OperationsPorts {
  readonly places: Places;
  readonly live: LiveClasses;
  readonly bus: RoomBus;
  readonly heldOf: (room: string) => Held;
  readonly sent: () => Sent;
  readonly sentAway: SentAway;
  readonly drain: Drain;
  readonly meter: LoadMeter;
  readonly now: () => number;
}

/** What a room's outputs hold for its viewers. */
export interface Held {
  readonly packetHistory: RoomState['packetHistory'];
  readonly dvr: RoomState['dvr']['tracks'];
}

const TICK_MS = 1_000;
const SENT_AWAY = 'you were asked to leave this class';
const SENT_ON = 'this class goes on at another server';

export class Operations {
  readonly #ports: OperationsPorts;

  constructor(ports: OperationsPorts) {
    this.#ports = ports;
  }

  /** Called once a second. */
  tick(): void {
    const { meter, drain, sentAway, bus, now } = this.#ports;
    const nowMs = now();
    meter.look(nowMs);
    sentAway.sweep(nowMs);
    if (drain.draining === null) return;
    for (const session of drain.due(this.#sessions(), nowMs, TICK_MS)) this.#end(session, 'restarting', SENT_ON);
    if (drain.publishersDue(nowMs)) for (const room of bus.all()) room.dismissPublisher('this server is being emptied: connect again');
  }

  viewers(room: string, { after = '', limit }: { readonly after?: string; readonly limit: number }): ViewerPage {
    const { places, live, now } = this.#ports;
    const all = [...places.all(now())].filter(([, place]) => place.room === room).sort(([a], [b]) => (a < b ? -1 : 1));
    const rest = all.filter(([id]) => id > after);
    const page = rest.slice(0, limit);
    const reports = live.reports();
    const viewers = page.map(([id, { account, sinceMs, seat, session, layer, lastSeenMs }]) => {
      const reported = reports.get(session);
      return {
        id, account, since: iso(sinceMs), figures: seat?.figures() ?? { protocol: 'hls' as const, layer, lastSeenAt: iso(lastSeenMs) },
        reported: reported === undefined ? null : { ...reported.quality, at: iso(reported.atMs) },
      };
    });
    return { total: all.length, viewers, next: rest.length > limit ? (page.at(-1)?.[0] ?? null) : null };
  }

  /** With a time, all that this account watches in the room ends. @throws CodedError 404 `unknown_viewer` */
  sendViewerAway(id: string, forSeconds: number): Static<typeof SentAwayAnswer> {
    const place = this.#ports.places.find(id, this.#ports.now());
    if (place === null) throw new CodedError('unknown_viewer', 'Nobody watches under this id. They may have left by themselves.', { status: 404 });
    if (forSeconds > 0) return this.sendAccountAway(place.account, place.room, forSeconds);
    return this.#sendAway(place, [place.session], 0);
  }

  sendAccountAway(account: string, room: string, forSeconds: number): Static<typeof SentAwayAnswer> {
    const { places, live, now } = this.#ports;
    const own = [...[...places.all(now())].map(([, place]) => place), ...live.sessions()].filter((one) => one.account === account && one.room === room);
    return this.#sendAway({ account, room }, [...new Set(own.map(({ session }) => session))], forSeconds);
  }

  setDrain({ draining, overSeconds }: { readonly draining: boolean; readonly overSeconds?: number }): DrainState {
    const { drain, now } = this.#ports;
    if (draining) drain.begin(now(), overSeconds);
    else drain.stop();
    return this.drainState();
  }

  drainState(): DrainState {
    const { draining } = this.#ports.drain;
    const sessions = this.#sessions().size;
    return { draining: draining !== null, since: draining === null ? null : iso(draining.sinceMs), until: draining === null ? null : iso(draining.untilMs), sessions };
  }

  node(): Node {
    const { load, figures } = this.#ports.meter;
    return { load: { level: load.level, because: [...load.because], figures }, drain: this.drainState(), sent: this.sent, rooms: this.rooms() };
  }

  get sent(): Sent {
    return this.#ports.sent();
  }

  /** Of each room: what comes in, what is held of it, who watches by which way, and how it goes for them as they say. */
  rooms(): RoomState[] {
    const { bus, places, live, heldOf, now } = this.#ports;
    const told = new Map(bus.all().map((room) => [room.name, stateOf(room, heldOf(room.name))]));
    const reports = live.reports();
    for (const [, { room, seat, session }] of places.all(now())) {
      const own = told.get(room);
      if (own === undefined) continue;
      own.viewers[seat?.protocol ?? 'hls'] += 1;
      own.freezes += reports.get(session)?.quality.freezes ?? 0;
      own.stalledSeconds += reports.get(session)?.quality.stalledSeconds ?? 0;
    }
    return [...told.values()];
  }

  #sendAway({ account, room }: Pick<Place, 'account' | 'room'>, sessions: readonly string[], forSeconds: number): Static<typeof SentAwayAnswer> {
    const { sentAway, now } = this.#ports;
    const nowMs = now();
    sentAway.keepOut(account, room, nowMs + forSeconds * 1_000);
    for (const session of sessions) {
      sentAway.endSession(session, nowMs);
      this.#end(session, 'sentAway', SENT_AWAY);
    }
    return { account, room, sessions: sessions.length, until: forSeconds > 0 ? iso(nowMs + forSeconds * 1_000) : null };
  }

  #end(session: string, why: 'sentAway' | 'restarting', reason: string): void {
    this.#ports.live.end(session, why, reason);
    this.#ports.places.end(session, reason);
  }

  #sessions(): ReadonlySet<string> {
    const { places, live, now } = this.#ports;
    return new Set([...[...places.all(now())].map(([, { session }]) => session), ...[...live.sessions()].map(({ session }) => session)]);
  }
}

function stateOf(room: Room, { packetHistory, dvr }: Held): RoomState {
  const { protocol, lastMediaAtMs, packets, bytes, delayMs } = room.ingest();
  return {
    room: room.name, live: room.live, publisher: room.publisher, awaited: room.awaited, protocol,
    ingest: { lastMediaAt: lastMediaAtMs === null ? null : iso(lastMediaAtMs), packets, bytes, delayMs },
    tracks: { video: room.layerStates().map(({ gop, ...layer }) => ({ ...layer, codec: 'h264', gopCache: gop })), audio: [...room.soundStates()] },
    packetHistory,
    dvr: { seconds: Math.max(0, ...dvr.map(({ seconds }) => seconds)), bytes: dvr.reduce((sum, track) => sum + track.bytes, 0), tracks: dvr },
    viewers: { whep: 0, hls: 0, flv: 0, rtmp: 0 }, freezes: 0, stalledSeconds: 0,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
