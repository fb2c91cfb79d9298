import type { Fragment } from './handshake-fragments.ts';
import { HANDSHAKE } from './verify-handshake.ts';

export type WholeMessage = Pick<Fragment, 'msg_type' | 'message_seq' | 'fragment'>;

/** Which messages of a far end may reach werift, and when. */
export interface HandshakeOrder {
  /** @param flight that werift is at (RFC 6347 section 4.2.4) */
  admits(message: WholeMessage, flight: number): boolean;
}

const HELLO_DONE_FLIGHT = 4;
const LAST_FLIGHT_OF_CLIENT: ReadonlySet<number> = new Set([HANDSHAKE.certificate, HANDSHAKE.clientKeyExchange, HANDSHAKE.certificateVerify, HANDSHAKE.finished]);

/**
 * Of a client. werift's server makes the master secret from whatever its transcript holds when ClientKeyExchange comes, and RFC 7627 section 3
 * from all messages up to that one: so the last flight is taken in the order of its numbers, each message once. What comes too soon is dropped
 * (RFC 6347 section 4.2.2), the client repeats it.
 */
export class ClientFlights implements HandshakeOrder {
  readonly #taken = new Set<number>();
  #next = 0;

  admits(message: WholeMessage, flight: number): boolean {
    const { msg_type: type, message_seq: number } = message;
    if (type === HANDSHAKE.clientHello) return this.#admitsHello(message, flight);
    if (!LAST_FLIGHT_OF_CLIENT.has(type) || flight < HELLO_DONE_FLIGHT) return false;
    // It comes again where the answer to it was lost.
    if (this.#taken.has(type)) return type === HANDSHAKE.finished && number === this.#next - 1;
    if (number !== this.#next) return false;
    this.#taken.add(type);
    this.#next += 1;
    return true;
  }

  /** One without a cookie makes werift draw another random and key: once it has sent a ServerHello, that is too late. */
  #admitsHello({ message_seq: number, fragment }: WholeMessage, flight: number): boolean {
    if (flight >= HELLO_DONE_FLIGHT) return flight === HELLO_DONE_FLIGHT && hasCookie(fragment);
    this.#next = number + 1;
    return true;
  }
}

const COOKIE_SHOWN_FLIGHT = 3;
const ONCE_OF_SERVER: ReadonlySet<number> = new Set([HANDSHAKE.serverHello, HANDSHAKE.certificate, HANDSHAKE.serverKeyExchange, HANDSHAKE.certificateRequest]);

/**
 * Of a server. werift's client waits by itself for what is missing, but acts on the last of several messages that carry a random, a key or a proof
 * while its transcript holds the first; and a late request for a cookie makes it forget the transcript.
 */
export class ServerFlights implements HandshakeOrder {
  readonly #taken = new Set<number>();

  admits({ msg_type: type }: WholeMessage, flight: number): boolean {
    if (type === HANDSHAKE.helloVerifyRequest) return flight < COOKIE_SHOWN_FLIGHT;
    if (!ONCE_OF_SERVER.has(type)) return true;
    const isFirst = !this.#taken.has(type);
    this.#taken.add(type);
    return isFirst;
  }
}

/** After version and random, 34 bytes, and the session id with its length (RFC 6347 section 4.2.1). */
function hasCookie(hello: Buffer): boolean {
  const sessionIdBytes = hello[34] ?? 0;
  return (hello[35 + sessionIdBytes] ?? 0) > 0;
}
