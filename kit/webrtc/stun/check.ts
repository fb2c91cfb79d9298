import { ATTRIBUTE, attributeOf, buildStun, hasFingerprint, hasIntegrity, STUN, xorMappedAddress, type StunMessage } from './message.ts';

/** Both sides' short-term credentials (RFC 8445 section 7.1.1). */
export interface IceCredentials {
  readonly localUfrag: string;
  readonly localPassword: string;
  readonly remoteUfrag: string;
  readonly remotePassword: string;
}

export interface TransportAddress {
  readonly address: string;
  readonly port: number;
  /** A connection instead of datagrams (RFC 6544). */
  readonly protocol?: 'tcp';
}

/** The same for the same address and protocol. */
export function addressKey({ address, port, protocol }: TransportAddress): string {
  return protocol === undefined ? `${address}|${port}` : `${address}|${port}|${protocol}`;
}

export interface AnsweredCheck {
  readonly reply: Buffer;
  readonly nominates: boolean;
}

/** The local ufrag that a check is for, or null: the first half of USERNAME. */
export function addressedUfrag(request: StunMessage): string | null {
  const username = attributeOf(request, ATTRIBUTE.username)?.toString('utf8') ?? '';
  const colon = username.indexOf(':');
  return colon === -1 ? null : username.slice(0, colon);
}

/**
 * Answers a connectivity check (RFC 8445 section 7.3), or null where it is not proven to come from the agreed far end: then
 * nothing is answered at all, so that the port tells a stranger nothing and amplifies nothing.
 */
export function answerCheck(request: StunMessage, from: TransportAddress, ice: IceCredentials): AnsweredCheck | null {
  if (request.type !== STUN.bindingRequest || !hasFingerprint(request)) return null;
  const username = attributeOf(request, ATTRIBUTE.username)?.toString('utf8');
  if (username !== `${ice.localUfrag}:${ice.remoteUfrag}` || !hasIntegrity(request, ice.localPassword)) return null;
  const attributes = [xorMappedAddress(from.address, from.port, request.transactionId)];
  return {
    reply: buildStun(STUN.bindingSuccess, request.transactionId, attributes, ice.localPassword),
    nominates: attributeOf(request, ATTRIBUTE.useCandidate) !== undefined,
  };
}

export interface CheckFields {
  readonly transactionId: Buffer;
  readonly ice: IceCredentials;
  readonly role: 'controlling' | 'controlled';
  /** 64 bits, fixed for a session. */
  readonly tieBreaker: bigint;
  readonly nominate: boolean;
}

/** A connectivity or consent check of our own (RFC 8445 section 7.2.2, RFC 7675). */
export function buildCheck(fields: CheckFields): Buffer {
  const tieBreaker = Buffer.alloc(8);
  tieBreaker.writeBigUInt64BE(fields.tieBreaker);
  const priority = Buffer.alloc(4);
  // Peer-reflexive preference, RFC 8445 section 7.1.1.
  priority.writeUInt32BE(110 * 2 ** 24 + 65535 * 2 ** 8 + 255);
  const attributes = [
    { type: ATTRIBUTE.username, value: Buffer.from(`${fields.ice.remoteUfrag}:${fields.ice.localUfrag}`) },
    { type: ATTRIBUTE.priority, value: priority },
    { type: fields.role === 'controlling' ? ATTRIBUTE.iceControlling : ATTRIBUTE.iceControlled, value: tieBreaker },
    ...(fields.nominate ? [{ type: ATTRIBUTE.useCandidate, value: Buffer.alloc(0) }] : []),
  ];
  return buildStun(STUN.bindingRequest, fields.transactionId, attributes, fields.ice.remotePassword);
}
