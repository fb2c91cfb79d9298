/** The session resources of WHIP and WHEP (RFC 9725 section 4.2): who made them, their entity tag, how to end them. */
import { randomUUID } from 'node:crypto';
import { CodedError } from '#kit/process/errors.ts';
import type { Peer } from '#kit/webrtc/types.ts';
import type { Principal } from '../access/principal.ts';

export interface Resource {
  readonly id: string;
  readonly room: string;
  /** The only one who may change or end it. */
  readonly owner: string;
  /** Changes with every restart of ICE. Quoted, as it stands in the header (RFC 9110 section 8.8.3). */
  etag: string;
  readonly peer: Peer;
  /** Its owner ended it, and did not only go away. */
  readonly onDeleted: () => void;
}

/** Panels that look at what students see: the room's own screen, a phone or two. */
const MOST_MONITORS = 8;
/** An encoder tries UDP, then TCP, then both again: more at a time are of one that has run wild. */
const MOST_CONNECTING = 8;

export class Resources {
  readonly #all = new Map<string, Resource>();

  add(room: string, owner: string, peer: Peer, onDeleted: () => void = () => undefined): Resource {
    const resource: Resource = { id: randomUUID(), room, owner, etag: `"${randomUUID()}"`, peer, onDeleted };
    this.#all.set(resource.id, resource);
    peer.on('closed', () => this.#all.delete(resource.id));
    return resource;
  }

  /** Call when one more offer was answered: what never connects takes a place for a quarter of a minute, so only so many of an owner and a room do. The oldest goes. */
  boundConnecting({ owner, room }: Pick<Resource, 'owner' | 'room'>): void {
    const connecting = [...this.#all.values()].filter((other) => other.owner === owner && other.room === room && other.peer.state === 'connecting');
    if (connecting.length > MOST_CONNECTING) connecting[0]?.peer.close('too many offers were made without one of them connecting');
  }

  /** Call when one more monitor of an owner was let in: they take nobody's place, so only so many do. The oldest goes. */
  boundMonitors({ owner, room }: Pick<Resource, 'owner' | 'room'>): void {
    const monitors = [...this.#all.values()].filter((other) => other.owner === owner && other.room === room);
    if (monitors.length > MOST_MONITORS) monitors[0]?.peer.close('too many look at what students of this room see');
  }

  /** Ends all that a publisher has here: what it sends, and what it looks at. */
  dismiss(publisher: string, reason: string): void {
    const owners = [`publisher:${publisher}`, `monitor:${publisher}`];
    for (const { owner, peer } of [...this.#all.values()]) if (owners.includes(owner)) peer.close(reason);
  }

  /** @throws CodedError 404 `unknown_session`, also where it is somebody else's */
  demand(id: string, room: string, owner: string): Resource {
    const resource = this.#all.get(id);
    if (resource === undefined || resource.room !== room || resource.owner !== owner) {
      throw new CodedError('unknown_session', 'This session is over, or is not yours. Begin a new one.', { status: 404 });
    }
    return resource;
  }

  /** After a restart of ICE: what names the old session does not name the new one (RFC 9725 section 4.3.3). */
  renew(resource: Resource): void {
    resource.etag = `"${randomUUID()}"`;
  }

  get size(): number {
    return this.#all.size;
  }
}

/** A name for a principal that stays the same when its token is renewed. */
export function ownerOf(principal: Principal): string {
  switch (principal.kind) {
    case 'viewer':
    case 'student':
      return `account:${principal.account}`;
    case 'publisher':
      return `publisher:${principal.owner}`;
    case 'monitor':
      return `monitor:${principal.owner}`;
    case 'admin':
      return `admin:${principal.actor}`;
  }
}
