import { createServer, type Server } from 'node:tls';
import { type CertificateFiles, followCertificate, readCertificate } from '#kit/process/certificate-files.ts';
import type { Log } from '#kit/process/log.ts';

/** A connection that has not agreed on keys by then is closed. */
const HANDSHAKE_MS = 10_000;
const WHAT = 'RTMPS';

/** @throws CodedError `bad_certificate` */
export function tlsServer(files: CertificateFiles, log: Log, { handshakeMs = HANDSHAKE_MS }: { readonly handshakeMs?: number } = {}): Server {
  const server = createServer({ ...readCertificate(files, WHAT), handshakeTimeout: handshakeMs, noDelay: true });
  // Node tells of a handshake that fails or takes too long, and leaves the connection to whoever listens: strangers could pile them up. There is nobody to tell.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  followCertificate(server, files, { what: WHAT, log });
  return server;
}
