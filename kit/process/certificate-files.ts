/** A server's certificate and key as files that somebody else renews. */
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Server } from 'node:tls';
import { CodedError, reasonOf } from './errors.ts';
import type { Log } from './log.ts';

export interface CertificateFiles {
  /** PEM, with its chain. */
  readonly certFile: string;
  readonly keyFile: string;
}

const LOOK_EVERY_MS = 60_000;

/** `what` it is for, as a person calls it: `RTMPS`. @throws CodedError `bad_certificate` */
export function readCertificate({ certFile, keyFile }: CertificateFiles, what: string): { cert: string; key: string } {
  try {
    return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  } catch (cause) {
    throw new CodedError('bad_certificate', `The certificate for ${what} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

/** Until the server closes: who renews the certificate need not restart anything. */
export function followCertificate(server: Pick<Server, 'setSecureContext' | 'once'>, files: CertificateFiles, { what, log, lookEveryMs = LOOK_EVERY_MS }: { readonly what: string; readonly log: Log; readonly lookEveryMs?: number }): void {
  const renew = (): void => {
    try {
      server.setSecureContext(readCertificate(files, what));
      log.info(`the certificate for ${what} was renewed`);
    } catch (thrown) {
      // Key and certificate are two files: between the writing of one and of the other they don't fit.
      log.error({ reason: reasonOf(thrown) }, `the new certificate for ${what} cannot be used; the old one goes on`);
    }
  };
  const watched = [files.certFile, files.keyFile];
  for (const file of watched) watchFile(file, { interval: lookEveryMs, persistent: false }, renew);
  server.once('close', () => {
    for (const file of watched) unwatchFile(file, renew);
  });
}
