import type { SrtpKeys } from '../srtp/session.ts';

/** The DTLS side of one peer, as the peer needs it. */
export interface DtlsAssociation {
  /** One datagram from the peer's address. Never throws. */
  receive(datagram: Buffer): void;
  /** The far end has shown that it is connected too: what would repeat the handshake is forgotten, which is most of what is held. */
  settle(): void;
  /** Sends close_notify where there is a key to send it with, and forgets everything. */
  close(): void;
}

export interface DtlsEvents {
  /** Once, after fingerprint, signature and Finished were verified. */
  readonly onConnected: (keys: SrtpKeys) => void;
  /** Once: the far end said goodbye or the handshake can't succeed. */
  readonly onClosed: (reason: string) => void;
  readonly send: (datagram: Buffer) => void;
}

/** One of the far end's SDP fingerprints, e.g. `sha-256` and `AB:CD:…`. */
export interface Fingerprint {
  readonly algorithm: string;
  readonly value: string;
}
