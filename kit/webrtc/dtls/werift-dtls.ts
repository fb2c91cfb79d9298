import { sign, timingSafeEqual } from 'node:crypto';
import { DtlsClient, DtlsServer, type DtlsSocket } from 'werift';
import { reasonOf } from '#kit/process/errors.ts';
import { masterLengths, SRTP_PROFILE, type SrtpKeys } from '../srtp/session.ts';
import type { DtlsAssociation, DtlsEvents, Fingerprint } from './association.ts';
import { ECDSA_SHA256, fingerprintOf, type DtlsCertificate } from './certificate.ts';
import { DtlsAlerts, type AlertCipher } from './alerts.ts';
import { FragmentJoiner } from './handshake-fragments.ts';
import { ClientFlights, ServerFlights } from './handshake-order.ts';
import { ALERT, isAdmissible, splitRecords, type DtlsRecord } from './records.ts';
import { faultOf, HANDSHAKE, type HandshakeMessage } from './verify-handshake.ts';

type Piece = ReturnType<DtlsSocket['handleFragmentHandshake']>[number];

/** What werift's client sends by itself once it has all of the server's flight. */
interface LastFlight {
  exec(): Promise<void>;
}

export interface WeriftDtlsOptions {
  readonly role: 'server' | 'client';
  readonly certificate: DtlsCertificate;
  readonly remoteFingerprints: readonly Fingerprint[];
  readonly events: DtlsEvents;
}

/** Hashes that SDP may name for a certificate (RFC 8122 section 5); SHA-1 and MD5 prove too little. */
const HASHES: ReadonlyMap<string, string> = new Map([['sha-256', 'sha256'], ['sha-384', 'sha384'], ['sha-512', 'sha512']]);
/** A handshake is about ten records; retransmissions of all of them, many times, stay below this. */
const MAX_HANDSHAKE_RECORDS = 300;
/** The client's (RFC 6347 section 4.2.4). */
const LAST_FLIGHT = 5;
/** Higher than any flight number: werift's retransmission loop ends at its next look. */
const NO_MORE_FLIGHTS = 99;

/** The one place that knows werift: its DTLS over our socket, with the proofs that it does not check itself. */
export class WeriftDtls implements DtlsAssociation {
  readonly #options: WeriftDtlsOptions;
  /** Null once the handshake can't be repeated any more. */
  #socket: DtlsSocket | null;
  #alerts: DtlsAlerts | null = null;
  #state: 'handshaking' | 'connected' | 'closed' = 'handshaking';
  #records = 0;
  #remoteFinished: Buffer | null = null;
  #lastError = '';

  constructor(options: WeriftDtlsOptions) {
    this.#options = options;
    const socket = this.#createSocket();
    socket.onConnect.subscribe(() => this.#contain(() => this.#finish(socket)));
    socket.onClose.subscribe(() => this.#end('the far end closed the connection'));
    // Not an end: werift also reports messages that came twice. The peer's own deadline ends a handshake that gets nowhere.
    socket.onError.subscribe((error) => (this.#lastError = reasonOf(error)));
    this.#guardHandshake(socket);
    if (socket instanceof DtlsClient) guardLastFlight(socket);
    this.#socket = socket;
  }

  /** The client speaks first; the server waits. */
  start(): void {
    if (!(this.#socket instanceof DtlsClient)) return;
    this.#socket.connect().catch((error: unknown) => this.#end(`DTLS: ${reasonOf(error)}`));
  }

  receive(datagram: Buffer): void {
    for (const record of splitRecords(datagram)) {
      if (this.#state === 'closed' || !isAdmissible(record, this.#state === 'connected')) continue;
      this.#records += 1;
      if (this.#state === 'handshaking' && this.#records > MAX_HANDSHAKE_RECORDS) return this.#end(`the DTLS handshake went in circles ${this.#lastError}`.trim());
      this.#contain(() => (record.contentType === ALERT ? this.#onAlert(record) : this.#socket?.transport.socket.onData(record.bytes, ['', 0])));
    }
  }

  settle(): void {
    if (this.#state !== 'connected' || this.#socket === null) return;
    keepOutOfPool(this.#socket.cipher.cipher);
    this.#alerts = alertsOf(this.#socket);
    this.#release();
  }

  close(): void {
    if (this.#state === 'connected') this.#contain(() => this.#sayGoodbye());
    this.#state = 'closed';
    this.#release();
  }

  #release(): void {
    if (this.#socket === null) return;
    this.#socket.dtls.flight = NO_MORE_FLIGHTS;
    this.#socket.onConnect.allUnsubscribe();
    this.#socket.onClose.allUnsubscribe();
    this.#socket = null;
  }

  /** Not left to werift, which believes the first two bytes of an alert before it has opened it. */
  #onAlert(record: DtlsRecord): void {
    const words = this.#currentAlerts()?.read(record) ?? null;
    if (words !== null) this.#end(words);
  }

  /** As long as werift may send records, its numbers count. */
  #currentAlerts(): DtlsAlerts | null {
    return this.#socket === null ? this.#alerts : alertsOf(this.#socket);
  }

  #createSocket(): DtlsSocket {
    const { certificate, role } = this.#options;
    const options = {
      transport: this.#transport(),
      srtpProfiles: [SRTP_PROFILE.aeadAes128Gcm, SRTP_PROFILE.aes128CmSha1_80],
      extendedMasterSecret: true,
      certificateRequest: true,
    };
    const socket = role === 'server' ? new DtlsServer(options) : new DtlsClient(options);
    Object.assign(socket.cipher, shown(certificate));
    return socket;
  }

  #transport() {
    return {
      type: 'udp',
      address: { address: '', port: 0, family: 'IPv4' },
      closed: false,
      onData: (): void => undefined,
      send: (datagram: Buffer): Promise<void> => {
        if (this.#state !== 'closed') this.#options.events.send(datagram);
        return Promise.resolve();
      },
      close: (): Promise<void> => Promise.resolve(),
    };
  }

  /**
   * Keeps the far end's Finished, which werift's client throws away, and lets through whole messages only, each in its place and those that carry
   * a key or a proof once: werift acts on the last of several while its transcript holds the first, so a second one could slip a key past the proof.
   */
  #guardHandshake(socket: DtlsSocket): void {
    const joiner = new FragmentJoiner<Piece>();
    socket.handleFragmentHandshake = (pieces) => pieces.flatMap((piece) => joiner.push(piece));
    const order = this.#options.role === 'server' ? new ClientFlights() : new ServerFlights();
    const handle = socket.onHandleHandshakes;
    socket.onHandleHandshakes = (assembled) => {
      const admitted = assembled.filter((message) => order.admits(message, socket.dtls.flight));
      for (const message of admitted) if (message.msg_type === HANDSHAKE.finished) this.#remoteFinished = message.fragment;
      return handle(admitted);
    };
  }

  /** werift announces "connected" more than once; the first counts. */
  #finish(socket: DtlsSocket): void {
    if (this.#state !== 'handshaking') return;
    const fault = this.#fault(socket);
    if (fault !== null) return this.#end(`DTLS refused: ${fault}`);
    this.#state = 'connected';
    this.#options.events.onConnected(keysOf(socket));
  }

  #fault(socket: DtlsSocket): string | null {
    const certificate = socket.remoteCertificate;
    if (certificate === undefined) return 'the far end showed no certificate';
    if (!matchesFingerprint(certificate, this.#options.remoteFingerprints)) return 'the certificate is not the one that the SDP names';
    if (!socket.dtls.remoteExtendedMasterSecret) return 'the far end does not bind its keys to the handshake (RFC 7627)';
    if (socket.srtp.srtpProfile === undefined) return 'no SRTP protection in common';
    return faultOf({
      messages: this.#transcript(socket),
      remoteIsClient: this.#options.role === 'server',
      certificate,
      masterSecret: socket.cipher.masterSecret,
      finished: this.#remoteFinished ?? Buffer.alloc(0),
    });
  }

  /** werift caches messages by flight; odd flights are the client's, and flight 4 of a server begins with the ClientHello. */
  #transcript(socket: DtlsSocket): HandshakeMessage[] {
    const server = this.#options.role === 'server';
    const messages = socket.dtls.sortedHandshakeCache.map((message) => ({
      type: message.msg_type,
      fromClient: isClientMessage(message.msg_type),
      body: message.fragment,
      bytes: message.serialize(),
    }));
    // The far end's Finished covers all before it: as server, not our own Finished nor the client's; as client, our own too.
    return messages.filter(({ type }) => !server || type !== HANDSHAKE.finished).map((message) => this.#withSide(message, socket.remoteCertificate));
  }

  /** Certificate is the one type that both sides send: the far end's is the one that werift took as remote. */
  #withSide(message: HandshakeMessage, remote: Buffer | undefined): HandshakeMessage {
    if (message.type !== HANDSHAKE.certificate) return message;
    const isRemote = remote !== undefined && message.body.includes(remote);
    return { ...message, fromClient: isRemote === (this.#options.role === 'server') };
  }

  #sayGoodbye(): void {
    const alerts = this.#currentAlerts();
    if (alerts !== null) this.#options.events.send(alerts.closeNotify());
  }

  #end(reason: string): void {
    if (this.#state === 'closed') return;
    this.close();
    this.#options.events.onClosed(reason);
  }

  /** Bytes from the network must not throw past here: a record that does is dropped, and the deadline judges the rest. */
  #contain(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#lastError = reasonOf(error);
    }
  }
}

/**
 * Of several ServerHelloDone, as a lost answer makes them come, each waits by itself until werift has what it needs. One that is through only after the
 * server's Finished makes werift's last flight anew, signed and keyed afresh, which OpenSSL answers by ending the connection.
 */
function guardLastFlight(client: DtlsClient): void {
  let flight: LastFlight | undefined;
  const set = (made: LastFlight): void => {
    const exec = made.exec.bind(made);
    made.exec = async () => (client.dtls.flight > LAST_FLIGHT ? undefined : exec());
    flight = made;
  };
  Object.defineProperty(client, 'flight5', { get: () => flight, set });
}

/** As werift makes it of PEM, which it would read anew for each far end; its client signs by `signatureData`, its server by the key's own `sign`. */
function shown({ der, privateKey }: DtlsCertificate) {
  const signatureData = (data: Buffer, hash: string): Buffer => sign(hash, data, privateKey);
  return { localCert: der, localPrivateKey: { sign: signatureData }, signatureHashAlgorithm: ECDSA_SHA256, signatureData };
}

function alertsOf(socket: DtlsSocket): DtlsAlerts {
  const { cipher, sessionType } = socket.cipher;
  const own: AlertCipher = {
    encrypt: (body, header) => cipher.encrypt(sessionType, body, header),
    decrypt: (body, header) => cipher.decrypt(sessionType, body, header),
  };
  return new DtlsAlerts(own, socket.dtls.recordSequenceNumber);
}

function keysOf(socket: DtlsSocket): SrtpKeys {
  const profile = socket.srtp.srtpProfile ?? SRTP_PROFILE.aes128CmSha1_80;
  const lengths = masterLengths(profile);
  const { localKey, localSalt, remoteKey, remoteSalt } = socket.extractSessionKeys(lengths.key, lengths.salt);
  return { profile, localKey: outOfPool(localKey), localSalt: outOfPool(localSalt), remoteKey: outOfPool(remoteKey), remoteSalt: outOfPool(remoteSalt) };
}

/** Node cuts small buffers out of shared ones of 8 kB: a key that is kept for hours would hold on to all of it. */
function outOfPool(value: Uint8Array): Buffer {
  const copy = Buffer.alloc(value.length);
  copy.set(value);
  return copy;
}

function keepOutOfPool(cipher: object): void {
  const fields = cipher as Record<string, unknown>;
  for (const [name, value] of Object.entries(fields)) if (value instanceof Uint8Array) fields[name] = outOfPool(value);
}

function isClientMessage(type: number): boolean {
  return type === HANDSHAKE.clientHello || type === HANDSHAKE.clientKeyExchange || type === HANDSHAKE.certificateVerify;
}

/** Any fingerprint in a hash that we trust suffices (RFC 8122 section 5). */
function matchesFingerprint(certificate: Buffer, fingerprints: readonly Fingerprint[]): boolean {
  return fingerprints.some(({ algorithm, value }) => {
    const hash = HASHES.get(algorithm.toLowerCase());
    if (hash === undefined) return false;
    const actual = Buffer.from(fingerprintOf(certificate, hash));
    const expected = Buffer.from(value.toUpperCase());
    return actual.length === expected.length && timingSafeEqual(actual, expected);
  });
}
