import { timingSafeEqual } from 'node:crypto';
import { DtlsClient, DtlsServer, type DtlsSocket } from 'werift';
import { reasonOf } from '#kit/process/errors.ts';
import { masterLengths, SRTP_PROFILE, type SrtpKeys } from '../srtp/session.ts';
import type { DtlsAssociation, DtlsEvents, Fingerprint } from './association.ts';
import { ECDSA_SHA256, fingerprintOf, type DtlsCertificate } from './certificate.ts';
import { ALERT, buildRecord, CLOSE_NOTIFY, DTLS_1_2, isAdmissible, splitRecords, type DtlsRecord } from './records.ts';
import { faultOf, HANDSHAKE, type HandshakeMessage } from './verify-handshake.ts';

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
/** Messages that carry a random, a key or a proof. */
const ONCE: ReadonlySet<number> = new Set([
  HANDSHAKE.serverHello,
  HANDSHAKE.certificate,
  HANDSHAKE.serverKeyExchange,
  HANDSHAKE.certificateRequest,
  HANDSHAKE.certificateVerify,
  HANDSHAKE.clientKeyExchange,
]);
/** Higher than any flight number: werift's retransmission loop ends at its next look. */
const NO_MORE_FLIGHTS = 99;

/** The one place that knows werift: its DTLS over our socket, with the proofs that it does not check itself. */
export class WeriftDtls implements DtlsAssociation {
  readonly #options: WeriftDtlsOptions;
  readonly #socket: DtlsSocket;
  #state: 'handshaking' | 'connected' | 'closed' = 'handshaking';
  #records = 0;
  #remoteFinished: Buffer | null = null;
  #lastError = '';

  constructor(options: WeriftDtlsOptions) {
    this.#options = options;
    this.#socket = this.#createSocket();
    this.#socket.onConnect.subscribe(() => this.#contain(() => this.#finish()));
    this.#socket.onClose.subscribe(() => this.#end('the far end closed the connection'));
    // Not an end: werift also reports messages that came twice. The peer's own deadline ends a handshake that gets nowhere.
    this.#socket.onError.subscribe((error) => (this.#lastError = reasonOf(error)));
    this.#guardHandshake();
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
      this.#contain(() => (record.contentType === ALERT ? this.#onAlert(record) : this.#socket.transport.socket.onData(record.bytes, ['', 0])));
    }
  }

  close(): void {
    if (this.#state === 'connected') this.#contain(() => this.#sayGoodbye());
    this.#state = 'closed';
    this.#socket.dtls.flight = NO_MORE_FLIGHTS;
    this.#socket.onConnect.allUnsubscribe();
    this.#socket.onClose.allUnsubscribe();
  }

  /** Not left to werift, which believes the first two bytes of an alert before it has opened it. Opening throws where it is forged. */
  #onAlert(record: DtlsRecord): void {
    const { cipher } = this.#socket;
    const header = { type: ALERT, version: DTLS_1_2, epoch: record.epoch, sequenceNumber: record.sequence };
    const alert = cipher.cipher.decrypt(cipher.sessionType, record.body, header);
    if (alert.length !== 2) return;
    this.#end(alert.readUInt8(1) === 0 ? 'the far end closed the connection' : `the far end refused the connection (DTLS alert ${alert.readUInt8(1)})`);
  }

  #createSocket(): DtlsSocket {
    const { certificate, role } = this.#options;
    const options = {
      transport: this.#transport(),
      cert: certificate.certPem,
      key: certificate.keyPem,
      signatureHash: ECDSA_SHA256,
      srtpProfiles: [SRTP_PROFILE.aeadAes128Gcm, SRTP_PROFILE.aes128CmSha1_80],
      extendedMasterSecret: true,
      certificateRequest: true,
    };
    return role === 'server' ? new DtlsServer(options) : new DtlsClient(options);
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
   * Keeps the far end's Finished, which werift's client throws away, and lets each message that carries a key or a proof through
   * once: werift acts on the last of several while its transcript holds the first, so a second one could slip a key past the proof.
   */
  #guardHandshake(): void {
    const handle = this.#socket.onHandleHandshakes;
    const seen = new Set<number>();
    this.#socket.onHandleHandshakes = (assembled) => {
      const fresh = assembled.filter(({ msg_type: type }) => !ONCE.has(type) || !seen.has(type));
      for (const message of fresh) {
        seen.add(message.msg_type);
        if (message.msg_type === HANDSHAKE.finished) this.#remoteFinished = message.fragment;
      }
      return handle(fresh);
    };
  }

  /** werift announces "connected" more than once; the first counts. */
  #finish(): void {
    if (this.#state !== 'handshaking') return;
    const fault = this.#fault();
    if (fault !== null) return this.#end(`DTLS refused: ${fault}`);
    this.#state = 'connected';
    this.#options.events.onConnected(this.#keys());
  }

  #fault(): string | null {
    const certificate = this.#socket.remoteCertificate;
    if (certificate === undefined) return 'the far end showed no certificate';
    if (!matchesFingerprint(certificate, this.#options.remoteFingerprints)) return 'the certificate is not the one that the SDP names';
    if (!this.#socket.dtls.remoteExtendedMasterSecret) return 'the far end does not bind its keys to the handshake (RFC 7627)';
    if (this.#socket.srtp.srtpProfile === undefined) return 'no SRTP protection in common';
    return faultOf({
      messages: this.#transcript(),
      remoteIsClient: this.#options.role === 'server',
      certificate,
      masterSecret: this.#socket.cipher.masterSecret,
      finished: this.#remoteFinished ?? Buffer.alloc(0),
    });
  }

  /** werift caches messages by flight; odd flights are the client's, and flight 4 of a server begins with the ClientHello. */
  #transcript(): HandshakeMessage[] {
    const server = this.#options.role === 'server';
    const messages = this.#socket.dtls.sortedHandshakeCache.map((message) => ({
      type: message.msg_type,
      fromClient: isClientMessage(message.msg_type),
      body: message.fragment,
      bytes: message.serialize(),
    }));
    // The far end's Finished covers all before it: as server, not our own Finished nor the client's; as client, our own too.
    return messages.filter(({ type }) => !server || type !== HANDSHAKE.finished).map((message) => this.#withSide(message));
  }

  /** Certificate is the one type that both sides send: the far end's is the one that werift took as remote. */
  #withSide(message: HandshakeMessage): HandshakeMessage {
    if (message.type !== HANDSHAKE.certificate) return message;
    const remote = this.#socket.remoteCertificate;
    const isRemote = remote !== undefined && message.body.includes(remote);
    return { ...message, fromClient: isRemote === (this.#options.role === 'server') };
  }

  #keys(): SrtpKeys {
    const profile = this.#socket.srtp.srtpProfile ?? SRTP_PROFILE.aes128CmSha1_80;
    const lengths = masterLengths(profile);
    const { localKey, localSalt, remoteKey, remoteSalt } = this.#socket.extractSessionKeys(lengths.key, lengths.salt);
    const copy = (value: Uint8Array): Buffer => Buffer.from(value);
    return { profile, localKey: copy(localKey), localSalt: copy(localSalt), remoteKey: copy(remoteKey), remoteSalt: copy(remoteSalt) };
  }

  #sayGoodbye(): void {
    const { cipher, dtls } = this.#socket;
    const sequenceNumber = (dtls.recordSequenceNumber += 1);
    const sealed = cipher.cipher.encrypt(cipher.sessionType, CLOSE_NOTIFY, { type: ALERT, version: DTLS_1_2, epoch: 1, sequenceNumber });
    this.#options.events.send(buildRecord(ALERT, 1, sequenceNumber, sealed));
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
