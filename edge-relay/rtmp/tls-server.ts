import { readFileSync, watchFile } from 'node:fs';
import { createServer, type Server } from 'node:tls';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

const LOOK_EVERY_MS = 60_000;
/** A connection that has not agreed on keys by then is closed. */
const HANDSHAKE_MS = 10_000;

/** Who renews the certificate need not restart anything. @throws CodedError `bad_certificate` */
export function tlsServer(files: CertificateFiles, log: Log): Server {
  const server = createServer({ ...read(files), handshakeTimeout: HANDSHAKE_MS, noDelay: true });
  // Whoever does not speak TLS is closed by the server; there is nobody to tell.
  server.on('tlsClientError', () => undefined);
  watchFile(files.certFile, { interval: LOOK_EVERY_MS, persistent: false }, () => {
    try {
      server.setSecureContext(read(files));
      log.info('the certificate for RTMPS was renewed');
    } catch (thrown) {
      log.error({ reason: reasonOf(thrown) }, 'the new certificate for RTMPS cannot be used; the old one goes on');
    }
  });
  return server;
}

function read({ certFile, keyFile }: CertificateFiles): { cert: string; key: string } {
  try {
    return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  } catch (cause) {
    throw new CodedError('bad_certificate', `The certificate for RTMPS cannot be read: ${reasonOf(cause)}`, { cause });
  }
}
