/** Who is let in now. Who watches already, or did a moment ago, always is; what is asked of others depends on how much is left. */
import { CodedError } from '#kit/process/errors.ts';
import type { Places } from '../access/places.ts';
import type { Viewer } from '../access/principal.ts';
import type { RevokedKeys } from '../access/revoked-keys.ts';
import type { SentAway, Watching } from '../access/sent-away.ts';
import type { Level } from '../contract/operations.ts';
import { type Drain, leaving } from './drain.ts';
import type { Turnstile } from './turnstile.ts';

export interface AdmissionPorts {
  readonly places: Places;
  readonly sentAway: SentAway;
  readonly revokedKeys: RevokedKeys;
  readonly drain: Drain;
  readonly turnstile: Pick<Turnstile, 'pass'>;
  /** Whether one more WebRTC viewer finds a place; the last ones are kept for publishers. */
  readonly hasPlace: () => boolean;
  /** How much this edge has left. */
  readonly level: () => Level;
  readonly publicUrl: string;
  /** Who publishes to this room, or did a moment ago and may come back, by the subject of the key. */
  readonly ownerOf: (room: string) => string | null;
  readonly now: () => number;
}

/** Those who are turned away come back over this time, and not all at once. */
const RETRY_MS = { from: 20_000, spread: 20_000 } as const;

export class Admission {
  readonly #ports: AdmissionPorts;

  constructor(ports: AdmissionPorts) {
    this.#ports = ports;
  }

  /** At every door that a viewer comes through. @throws CodedError 403 `sent_away`, 503 `draining` */
  demandWelcome(viewer: Viewer): void {
    const { sentAway, drain, now } = this.#ports;
    sentAway.demandWelcome(viewer, now());
    drain.demandHere(viewer.place);
  }

  /** A playback token is asked for. @throws CodedError 403 `sent_away`, 503 `draining`, `edge_full` */
  playback(watching: Watching): void {
    this.#ports.sentAway.demandWelcome(watching, this.#ports.now());
    // Who holds a token that is still good was let in already, and may be waiting for the class to begin.
    if (watching.place === null) this.#demandRoom(watching);
    else this.#ports.drain.demandHere(watching.place);
  }

  /** HLS and HTTP-FLV. @throws CodedError 503 `draining`, `edge_full` */
  stream(viewer: Viewer): void {
    this.#demandRoom(viewer);
  }

  /** Resolves when it is their turn; `gone` ends the wait. @throws CodedError 503 `draining`, `edge_full`, or `busy` with the address to go on by */
  async whep(viewer: Viewer, gone: AbortSignal): Promise<void> {
    this.#demandWebRtc(viewer);
    if (!(await this.#ports.turnstile.pass(gone))) throw this.#busy(viewer);
    // What was true before the wait need not be after it.
    this.demandWelcome(viewer);
    this.#demandWebRtc(viewer);
  }

  /** Whoever publishes may connect anew, so that the class goes on until the end. @throws CodedError 401 `key_revoked`, 503 `draining` */
  publisher(room: string, owner: string): void {
    const { revokedKeys, drain, ownerOf, now } = this.#ports;
    revokedKeys.demandGood(owner, now());
    const { draining } = drain;
    if (draining !== null && (now() >= draining.untilMs || ownerOf(room) !== owner)) throw leaving();
  }

  #demandWebRtc(viewer: Viewer): void {
    const { places, drain, level, hasPlace, now } = this.#ports;
    drain.demandNotDraining();
    // A rush can take all places before the level has changed.
    if (hasPlace() && (level() === 'normal' || places.isKnown(viewer.place, now(), { hls: false }))) return;
    this.#demandRoom(viewer);
    throw this.#busy(viewer);
  }

  #busy({ room, token }: Viewer): CodedError {
    const hls = `${this.#ports.publicUrl.replace(/\/$/, '')}/hls/${room}/index.m3u8?token=${token}`;
    return new CodedError('busy', 'This server has its hands full with WebRTC. Play the hls address instead: it is a second or two behind.', {
      status: 503, details: { hls, retryAfterMs: retryAfterMs() },
    });
  }

  /** @throws CodedError 503 `draining` for a session that is not here, `edge_full` for one of an account that is not here either */
  #demandRoom({ account, room, place }: Watching): void {
    const { places, drain, level, now } = this.#ports;
    if (place !== null && places.isKnown(place, now(), { hls: true })) return;
    drain.demandNotDraining();
    // A page that is loaded again, as people do when a picture falters, has forgotten its session.
    if (level() !== 'full' || places.isHere(account, room, now())) return;
    throw new CodedError('edge_full', 'This server is full, so that all who watch keep a good picture. Try again in half a minute.', {
      status: 503, details: { retryAfterMs: retryAfterMs() },
    });
  }
}

function retryAfterMs(): number {
  return Math.round(RETRY_MS.from + Math.random() * RETRY_MS.spread);
}
