/** All live classes of this edge: opens their sockets, keeps everybody told, sends away whose right has ended. */
import type { WebSocket } from 'ws';
import { CodedError } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import type { Entitlements } from '../access/entitlements.ts';
import type { TokenReader } from '../access/token-reader.ts';
import type { Viewer } from '../access/principal.ts';
import { CLOSE, EventsSocket, type Reported } from './events-socket.ts';
import { LiveRoom, type RoomNow } from './live-room.ts';

/** Tabs and devices of one account in one class. */
const MAX_SOCKETS_AN_ACCOUNT = 8;
/** A class that ends for somebody by its timetable is noticed this late; a revoked ticket at once. */
const RIGHTS_CHECKED_EVERY_MS = 10_000;
/** Connections that have not said hello yet. */
const MAX_STRANGERS = 2_000;

export interface LiveClassesOptions {
  readonly tokens: TokenReader;
  readonly entitlements: Entitlements;
  /** Throws where this viewer was asked to leave, or was sent on to another edge. */
  readonly demandWelcome: (viewer: Viewer) => void;
  readonly stateOf: (room: string) => RoomNow;
  readonly log: Log;
  readonly now: () => number;
  /** Load tests only. */
  readonly unlimited: boolean;
}

export class LiveClasses {
  readonly #options: LiveClassesOptions;
  readonly #rooms = new Map<string, LiveRoom>();
  readonly #sockets = new Map<EventsSocket, string>();
  /** Who has not said hello, in the order they came; who has meanwhile stays on it until room is needed. */
  readonly #strangers = new Set<EventsSocket>();
  #rightsCheckedAtMs = 0;

  constructor(options: LiveClassesOptions) {
    this.#options = options;
  }

  /** Takes over a WebSocket for one room. What room there is, is looked at after the token. */
  open(socket: WebSocket, room: string): void {
    this.#makeRoom();
    const events = new EventsSocket(socket, {
      admit: (token) => this.#admit(token, room),
      room: () => ({ ...this.#options.stateOf(room), people: this.#room(room) }),
      sinceMs: ({ account }) => this.#options.entitlements.sinceMs(account, room),
      demandPlace: (viewer) => this.#demandPlace(viewer, room),
      failed: (error) => this.#options.log.error({ err: error, room }, 'a message of a viewer could not be answered'),
      now: this.#options.now,
    });
    this.#sockets.set(events, room);
    this.#strangers.add(events);
    socket.on('close', () => {
      this.#sockets.delete(events);
      this.#strangers.delete(events);
    });
  }

  get people(): number {
    return [...this.#rooms.values()].reduce((sum, room) => sum + room.size, 0);
  }

  /** The room turned live, or is no more. */
  turned(room: string): void {
    this.#rooms.get(room)?.tell(this.#options.stateOf(room), this.#options.now());
  }

  dismiss(account: string, mayStay: (room: string) => boolean): void {
    for (const [name, room] of this.#rooms) {
      if (!mayStay(name)) room.dismiss((attendant) => attendant.account === account, CLOSE.ticketRevoked, 'the ticket for this class is no longer valid');
    }
  }

  /** Closes the connections under this playback session. */
  end(session: string, why: 'sentAway' | 'restarting', reason: string): void {
    for (const socket of this.#sockets.keys()) if (socket.session === session) socket.close(CLOSE[why], reason);
  }

  /** Playback sessions that are here, with their accounts and rooms. */
  *sessions(): Iterable<{ readonly session: string; readonly account: string; readonly room: string }> {
    for (const [{ session, account }, room] of this.#sockets) if (session !== '') yield { session, account, room };
  }

  /** What pages said of their pictures, by playback session. */
  reports(): ReadonlyMap<string, Reported> {
    const reports = new Map<string, Reported>();
    for (const { session, reported } of this.#sockets.keys()) if (reported !== null) reports.set(session, reported);
    return reports;
  }

  /** Called about once a second. */
  tick(): void {
    const nowMs = this.#options.now();
    for (const [name, room] of this.#rooms) {
      this.turned(name);
      room.sweep(nowMs);
    }
    const checkRights = nowMs - this.#rightsCheckedAtMs >= RIGHTS_CHECKED_EVERY_MS;
    if (checkRights) this.#rightsCheckedAtMs = nowMs;
    for (const [socket, room] of this.#sockets) {
      if (socket.account === '') continue;
      socket.look(nowMs);
      if (socket.expired(nowMs)) socket.close(CLOSE.unauthorised, 'the playback token has expired');
      else if (checkRights && !this.#options.entitlements.allows(socket.account, room)) socket.close(CLOSE.ticketRevoked, 'this class is not yours any more');
    }
  }

  close(): void {
    for (const socket of this.#sockets.keys()) socket.close(CLOSE.restarting, 'the edge is restarting');
  }

  /** A page says hello as soon as it can: who has been silent for longest gives way, so that those who pile up keep nobody out. */
  #makeRoom(): void {
    if (this.#strangers.size < MAX_STRANGERS || this.#options.unlimited) return;
    for (const one of this.#strangers) if (one.account !== '') this.#strangers.delete(one);
    const [silent] = this.#strangers;
    if (silent === undefined || this.#strangers.size < MAX_STRANGERS) return;
    this.#strangers.delete(silent);
    silent.drop();
  }

  #admit(token: string, room: string): Viewer {
    const viewer = this.#options.tokens.viewer(token);
    if (viewer.room !== room) throw new CodedError('wrong_room', 'This token is for another room.');
    this.#options.entitlements.demandStill(viewer.account, room);
    this.#options.demandWelcome(viewer);
    return viewer;
  }

  #demandPlace({ account }: Viewer, room: string): void {
    if (this.#options.unlimited || this.#room(room).countOf(account) < MAX_SOCKETS_AN_ACCOUNT) return;
    throw new CodedError('too_many_viewers', 'This account is here too often already. Close another tab.');
  }

  #room(name: string): LiveRoom {
    const known = this.#rooms.get(name);
    if (known !== undefined) return known;
    const room = new LiveRoom();
    this.#rooms.set(name, room);
    return room;
  }
}
