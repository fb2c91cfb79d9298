/** What is read again while everybody stays: on SIGHUP, and when an admin asks. */
import type { Server } from 'node:tls';
import { type CertificateFiles, readCertificate } from '#kit/process/certificate-files.ts';
import { reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import type { Reloaded } from '../contract/operations.ts';

export interface Reloadable {
  readonly name: string;
  /** Reads anew; answers whether anything changed. Throws where what it finds is no good, and goes on with what it has. */
  reload(): boolean;
}

/** One that fails keeps none of the others from being read. */
export function reloadAll(all: readonly Reloadable[], log: Log): Reloaded {
  return { files: all.map((one) => reloadOne(one, log)) };
}

/** The certificate of HTTPS, sooner than its files are looked at anyway. */
export function httpsCertificate(server: Pick<Server, 'setSecureContext'>, files: CertificateFiles): Reloadable {
  let inUse = readCertificate(files, 'HTTPS');
  return {
    name: 'https-certificate',
    reload: () => {
      const found = readCertificate(files, 'HTTPS');
      if (found.cert === inUse.cert && found.key === inUse.key) return false;
      server.setSecureContext(found);
      inUse = found;
      return true;
    },
  };
}

function reloadOne(one: Reloadable, log: Log): Reloaded['files'][number] {
  const { name } = one;
  try {
    const outcome = one.reload() ? 'changed' : 'unchanged';
    log.info({ name, outcome }, 'read again');
    return { name, outcome, reason: null };
  } catch (thrown) {
    log.error({ name, reason: reasonOf(thrown) }, 'what was read again is no good; what was in use stays');
    return { name, outcome: 'failed', reason: reasonOf(thrown) };
  }
}
