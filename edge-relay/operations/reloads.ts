/** What is read again while everybody stays: on SIGHUP, and when an admin asks. */
import type { Server } from 'node:tls';
import { type CertificateFiles, readCertificate } from '#kit/process/certificate-files.ts';
import { reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import type { Reloaded } from '../contract/operations.ts';

export interface Reloadable {
  readonly name: string;
  /** Reads anew; answers whether anything changed. Throws where what it finds is no good, and goes on with what it has. */
  reload(): boolean | Promise<boolean>;
}

/** One that fails keeps none of the others from being read. */
export async function reloadAll(all: readonly Reloadable[], log: Log): Promise<Reloaded> {
  return { files: await Promise.all(all.map((one) => reloadOne(one, log))) };
}

/** The certificate of HTTPS or RTMPS, sooner than its files are looked at anyway. */
export function serverCertificate(server: Pick<Server, 'setSecureContext'>, files: CertificateFiles, what: 'HTTPS' | 'RTMPS'): Reloadable {
  let inUse = readCertificate(files, what);
  return {
    name: `${what.toLowerCase()}-certificate`,
    reload: () => {
      const found = readCertificate(files, what);
      if (found.cert === inUse.cert && found.key === inUse.key) return false;
      server.setSecureContext(found);
      inUse = found;
      return true;
    },
  };
}

async function reloadOne(one: Reloadable, log: Log): Promise<Reloaded['files'][number]> {
  const { name } = one;
  try {
    const outcome = (await one.reload()) ? 'changed' : 'unchanged';
    log.info({ name, outcome }, 'read again');
    return { name, outcome, reason: null };
  } catch (thrown) {
    log.error({ name, reason: reasonOf(thrown) }, 'what was read again is no good; what was in use stays');
    return { name, outcome: 'failed', reason: reasonOf(thrown) };
  }
}
