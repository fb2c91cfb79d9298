import { randomInt } from 'node:crypto';
import type { ShareJoin, ShareStanding, ShareState } from '#appliance/contract/share.ts';
import type { Clock } from '#kit/media/clock.ts';
import { CodedError } from '#kit/process/errors.ts';
import { hashSecret, newSecret, sameSecret } from '#kit/process/secrets.ts';
import type { Peer, WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { v7 as uuidv7 } from 'uuid';
import { Laptop, type LaptopDecoders } from './laptop.ts';
import type { RememberedSeat, SeatMemory } from './seat-memory.ts';
import { CLOSED, isSeated, isWaiting, keptOf, next, type Share, type ShareEvent } from './share.ts';

/** Slows down whoever guesses the code. */
export interface CodeGuard {
  begin(address: string): void;
  succeeded(address: string): void;
  reset(): void;
}

export interface ShareDeskParts {
  readonly webrtc: Pick<WebRtcEndpoint, 'accept'>;
  readonly decoders: () => LaptopDecoders;
  readonly guard: CodeGuard;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** The class that runs or is about to, by an id that stays the same from its lead time to its end; null outside. */
  readonly occasion: () => string | null;
  /** Whether the gate gets a laptop's picture. */
  readonly pictureArrives: () => boolean;
  readonly url: () => string;
  /** Who has the seat, over a restart of the box. */
  readonly memory: Pick<SeatMemory, 'read' | 'write'>;
}

interface Session {
  readonly guestId: string;
  readonly tokenHash: string;
}

interface Connection {
  readonly guestId: string;
  readonly peer: Peer;
  laptop: Laptop | null;
}

/** Sessions of laptops that once typed a right code; more than a school has in a room is a mistake. */
const MAX_SESSIONS = 50;
/** After a start the timetable may come late; a laptop that shared before it keeps asking for as long. */
const RESUME_MS = 60_000;

/** Lets one laptop at a time share its screen: the code, the seat, the connection. */
export class ShareDesk {
  readonly #parts: ShareDeskParts;
  #share: Share = CLOSED;
  #sessions: readonly Session[] = [];
  readonly #connections = new Map<string, Connection>();
  /** Of the box's last life, until its class is known again; undefined before it was looked for. */
  #former: (RememberedSeat & { readonly untilMs: number }) | null | undefined;

  constructor(parts: ShareDeskParts) {
    this.#parts = parts;
  }

  /** Called a few times a second. */
  tick(): void {
    const former = this.#lookBack();
    this.#apply({ type: 'ticked', atMs: this.#nowMs(), occasion: this.#parts.occasion(), code: this.#freshCode() });
    if (former !== null) this.#resume(former);
  }

  /** The part of the room's state that speaks of laptops. */
  state(): ShareState {
    const { door, seat, waiting } = this.#share;
    const open = door.phase === 'open';
    return {
      offered: true,
      open,
      url: this.#parts.url(),
      code: open ? door.code : null,
      expiresAt: open ? instant(door.expiresAtMs) : null,
      active: seat.phase === 'sharing' && this.#parts.pictureArrives(),
      name: seat.phase === 'free' ? '' : seat.guest.name,
      since: seat.phase === 'free' ? null : instant(seat.sinceMs),
      waiting: waiting === null ? null : { id: waiting.guest.id, name: waiting.guest.name, since: instant(waiting.sinceMs) },
    };
  }

  open(): void {
    this.#parts.guard.reset();
    this.#apply({ type: 'opened', atMs: this.#nowMs(), code: this.#freshCode() });
  }

  close(): void {
    this.#apply({ type: 'closed' });
  }

  renewCode(): void {
    this.#parts.guard.reset();
    this.#apply({ type: 'code-renewed', atMs: this.#nowMs(), code: this.#freshCode() });
  }

  /** Ends whatever is being shared. The door stays as it is. */
  end(): void {
    const { seat } = this.#share;
    if (seat.phase !== 'free') this.#apply({ type: 'left', id: seat.guest.id });
  }

  /** Lets the laptop in that waits, in the place of the one that shares. @throws CodedError 409 `nobody_waits` */
  allow(id: string): void {
    if (!isWaiting(this.#share, id)) throw new CodedError('nobody_waits', 'That laptop does not wait any more.', { status: 409 });
    this.#apply({ type: 'allowed', id, atMs: this.#nowMs() });
  }

  refuse(id: string): void {
    this.#apply({ type: 'refused', id });
  }

  /** @throws CodedError `share_closed` 409, `too_many_tries` 429, `wrong_code` 401, `somebody_waits` 409 */
  join({ code, name }: ShareJoin, address: string): { token: string; standing: ShareStanding } {
    const { door, waiting } = this.#share;
    if (door.phase === 'closed') {
      throw new CodedError('share_closed', 'Screens can be shared from ten minutes before a class to its end. The teacher can open it earlier on the room’s screen.', { status: 409 });
    }
    this.#parts.guard.begin(address);
    if (!sameSecret(code, door.code)) throw new CodedError('wrong_code', 'That is not the code on the room’s screen. It changes every few minutes.', { status: 401 });
    this.#parts.guard.succeeded(address);
    if (waiting !== null) throw new CodedError('somebody_waits', `${waiting.guest.name} waits to be let in already. Ask the teacher.`, { status: 409 });
    const guest = { id: uuidv7(), name };
    const token = newSecret();
    this.#sessions = [...this.#sessions.slice(1 - MAX_SESSIONS), { guestId: guest.id, tokenHash: hashSecret(token) }];
    this.#apply({ type: 'joined', guest, atMs: this.#nowMs(), code: this.#freshCode() });
    return { token, standing: this.standingOf(guest.id) };
  }

  /** Whose session a bearer token is; null for nobody's. */
  guestOf(token: string): string | null {
    this.#lookBack();
    const hash = hashSecret(token);
    return this.#sessions.find(({ tokenHash }) => sameSecret(tokenHash, hash))?.guestId ?? null;
  }

  standingOf(guestId: string): ShareStanding {
    if (isSeated(this.#share, guestId) || this.#lookBack()?.guest.id === guestId) return 'admitted';
    return isWaiting(this.#share, guestId) ? 'waiting' : 'over';
  }

  /** Answers a WHIP offer of the laptop that has the seat. @throws CodedError 403 `not_admitted`, and what the endpoint throws for an offer */
  async accept(guestId: string, offerSdp: string): Promise<{ id: string; answerSdp: string }> {
    this.#demandSeat(guestId);
    const { peer, answerSdp } = await this.#parts.webrtc.accept(offerSdp, { direction: 'receive' });
    try {
      // The teacher may have decided otherwise while the offer was read.
      this.#demandSeat(guestId);
    } catch (error) {
      peer.close('the seat was given to somebody else');
      throw error;
    }
    this.#follow({ guestId, peer, laptop: null });
    return { id: peer.id, answerSdp };
  }

  /** The laptop stops by itself, or waits no longer. */
  leave(guestId: string): void {
    this.#apply({ type: 'left', id: guestId });
  }

  /** Whether a WHIP session is this laptop's. */
  owns(guestId: string, sessionId: string): boolean {
    return this.#connections.get(sessionId)?.guestId === guestId;
  }

  stop(): void {
    for (const { peer } of [...this.#connections.values()]) peer.close('the box is restarting');
  }

  #follow(connection: Connection): void {
    const { guestId, peer } = connection;
    // A page that reconnects replaces its own older connection.
    this.#closeConnections((other) => other.guestId === guestId, 'a newer connection took over');
    this.#connections.set(peer.id, connection);
    peer.on('connected', () => {
      connection.laptop = new Laptop(peer, this.#parts.decoders());
      this.#apply({ type: 'connected', id: guestId, atMs: this.#nowMs() });
    });
    peer.on('closed', () => {
      connection.laptop?.letGo();
      if (this.#connections.delete(peer.id)) this.#apply({ type: 'disconnected', id: guestId, atMs: this.#nowMs() });
    });
  }

  /** Whose seat it was when the box ended; null when that is settled. */
  #lookBack(): RememberedSeat | null {
    if (this.#former === undefined) {
      const kept = this.#parts.memory.read();
      this.#former = kept === null ? null : { ...kept, untilMs: this.#nowMs() + RESUME_MS };
      if (kept !== null) this.#sessions = [{ guestId: kept.guest.id, tokenHash: kept.tokenHash }];
    }
    return this.#former;
  }

  #resume(former: RememberedSeat): void {
    this.#apply({ type: 'resumed', atMs: this.#nowMs(), kept: former, code: this.#freshCode() });
    const isOver = this.#share.seat.phase !== 'free' || this.#nowMs() >= (this.#former?.untilMs ?? 0) || (this.#share.occasion ?? former.occasion) !== former.occasion;
    if (!isOver) return;
    this.#former = null;
    this.#remember();
  }

  #remember(): void {
    const kept = keptOf(this.#share);
    const tokenHash = this.#sessions.find(({ guestId }) => guestId === kept?.guest.id)?.tokenHash;
    if (kept !== null && tokenHash !== undefined) this.#parts.memory.write({ ...kept, tokenHash });
    // What was kept stays until it is known whether that class goes on.
    else if (this.#former === null) this.#parts.memory.write(null);
  }

  #apply(event: ShareEvent): void {
    this.#share = next(this.#share, event);
    this.#remember();
    this.#closeConnections(({ guestId }) => !isSeated(this.#share, guestId), 'the seat is free or somebody else has it');
  }

  #closeConnections(which: (connection: Connection) => boolean, reason: string): void {
    for (const connection of [...this.#connections.values()].filter(which)) {
      this.#connections.delete(connection.peer.id);
      connection.laptop?.letGo();
      connection.peer.close(reason);
    }
  }

  #demandSeat(guestId: string): void {
    if (!isSeated(this.#share, guestId)) {
      throw new CodedError('not_admitted', 'The teacher has not let this laptop in, or its time is over. Type the code on the room’s screen.', { status: 403 });
    }
  }

  /** Never the one that was just used. */
  #freshCode(): string {
    const { door } = this.#share;
    const drawn = String(randomInt(10_000)).padStart(4, '0');
    return door.phase === 'open' && door.code === drawn ? this.#freshCode() : drawn;
  }

  #nowMs(): number {
    return this.#parts.clock.nowMs();
  }
}

const instant = (ms: number): string => new Date(ms).toISOString();
