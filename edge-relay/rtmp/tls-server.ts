import { createServer, type Server } from 'node:tls';
import { type CertificateFiles, followCertificate, readCertificate } from '#kit/process/certificate-files.ts';
import type { Log } from '#kit/process/log.ts';

/** A connection that has not agreed on keys by then is closed. */
const HANDSHAKE_MS = 10_000;
const WHAT = 'RTMPS';

/** @throws CodedError `bad_certificate` */
export function tlsServer(files: CertificateFiles, log: Log): Server {
  const server = createServer({ ...readCertificate(files, WHAT), handshakeTimeout: HANDSHAKE_MS, noDelay: true });
  // Whoever does not speak TLS is closed by the server; there is nobody to tell.
  server.on('tlsClientError', () => undefined);
  followCertificate(server, files, { what: WHAT, log });
  return server;
}
