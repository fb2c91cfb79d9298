/** The STUN and TURN servers that a client is told of in `Link` (RFC 9725 section 4.6), for whom no way to the edge leads without them. */
import { createHmac } from 'node:crypto';

export interface TurnServers {
  /** RFC 7065: `turn:turn.school.example?transport=udp`. */
  readonly urls: readonly string[];
  /** Read at each answer: it may be changed while the edge runs. */
  readonly secret: () => string;
  readonly credentialSeconds: number;
}

export interface IceServersOptions {
  /** RFC 7064. */
  readonly stun: readonly string[];
  readonly turn: TurnServers | null;
  readonly now: () => number;
}

/** What a client may be told; `named` is who it is to a TURN server, of which each has a credential of its own. */
export type IceServers = (named: string) => string | null;

/** A `Link` header for all of them (RFC 8288 section 3), or null where there are none. */
export function iceServers({ stun, turn, now }: IceServersOptions): IceServers {
  return (named) => {
    const links = stun.map((url) => `<${url}>; rel="ice-server"`);
    if (turn !== null) links.push(...turnLinks(turn, named, now()));
    return links.length === 0 ? null : links.join(', ');
  };
}

function turnLinks({ urls, secret, credentialSeconds }: TurnServers, named: string, nowMs: number): string[] {
  const { username, credential } = turnCredential(secret(), named, Math.floor(nowMs / 1000) + credentialSeconds);
  return urls.map((url) => `<${url}>; rel="ice-server"; username="${username}"; credential="${credential}"; credential-type="password"`);
}

/** draft-uberti-behave-turn-rest-00 section 2.2: a TURN server that has the secret needs to know nobody. `expires` in seconds since 1970. */
export function turnCredential(secret: string, named: string, expires: number): { readonly username: string; readonly credential: string } {
  const username = `${expires}:${named}`;
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') };
}
