import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { createSecureContext } from 'node:tls';
import { createAuthority, issueForServer } from '#kit/process/certificates.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import { KeptFile } from '#kit/process/kept-file.ts';
import type { Log } from '#kit/process/log.ts';
import Type, { type Static } from 'typebox';
import { isSane } from '../lesson/class-clock.ts';

/** What the share page's HTTPS shows to a laptop. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

const Pem = Type.String({ minLength: 1 });
/** The box's own authority and the certificate it gave to the share page; in `share-identity.json`, for the appliance alone. */
const KeptIdentity = Type.Object({
  authority: Type.Object({ keyPem: Pem, certificatePem: Pem }),
  server: Type.Object({ keyPem: Pem, certificatePem: Pem, issuedAtMs: Type.Number(), expiresAtMs: Type.Number(), hosts: Type.Array(Type.String()) }),
});
export type KeptIdentity = Static<typeof KeptIdentity>;

/** A month before its end, so that a box that is off over the holidays comes back with a good one. */
const RENEW_BEFORE_MS = 30 * 86_400_000;

export interface Now {
  /** Epoch ms, by the machine. */
  readonly nowMs: number;
  /** The network says the same. */
  readonly isVouchedFor: boolean;
}

export interface IdentityOptions {
  readonly dataDir: string;
  readonly serial: string;
  /** Names and addresses that the configuration gives the page beside the box's own. */
  readonly names: readonly string[];
  readonly log: Log;
}

/** The certificate that the box signs for itself, made at the first start and renewed by `current`. */
export class OwnIdentity {
  readonly #options: IdentityOptions;
  readonly #file: KeptFile<typeof KeptIdentity>;

  constructor(options: IdentityOptions) {
    this.#options = options;
    this.#file = new KeptFile(options.dataDir, 'share-identity.json', KeptIdentity, options.log);
  }

  /** @param now what time it is at this moment, not what the box took for it when it started */
  async current(now: Now): Promise<Identity> {
    const { serial, names } = this.#options;
    const hosts = hostsOf(serial, names, localIPv4());
    const kept = await this.#file.read();
    const identity = kept !== null && isToBeKept(kept, hosts, now) ? kept : await this.#renew(kept, hosts, now);
    return { key: identity.server.keyPem, cert: `${identity.server.certificatePem}\n${identity.authority.certificatePem}` };
  }

  async #renew(kept: KeptIdentity | null, hosts: readonly string[], now: Now): Promise<KeptIdentity> {
    const { nowMs } = now;
    const name = `CN=Lectern box ${this.#options.serial}`;
    const authority = kept !== null && holds(kept.authority, now) ? kept.authority : await createAuthority(name, nowMs);
    const issued = await issueForServer(authority, `${name} share`, hosts, nowMs);
    const identity = { authority, server: { ...issued, issuedAtMs: nowMs, hosts: [...hosts] } };
    await this.#file.write(identity);
    this.#options.log.info({ hosts }, 'the share page has a new certificate');
    return identity;
  }
}

/**
 * The certificate in use while laptops are connected. One that cannot be had just now (a full disk), or whose files somebody is replacing one after the other,
 * leaves the last good one where it is: whoever shares keeps sharing.
 */
export class LastingIdentity {
  readonly #read: () => Promise<Identity>;
  readonly #log: Log;
  #last: Identity | null = null;

  constructor(read: () => Promise<Identity>, log: Log) {
    this.#read = read;
    this.#log = log;
  }

  /** @throws CodedError `bad_certificate` where there never was a good one */
  async current(): Promise<Identity> {
    try {
      this.#last = matching(await this.#read());
    } catch (cause) {
      if (this.#last === null) throw new CodedError('bad_certificate', `The share page has no good certificate: ${reasonOf(cause)}`, { cause });
      this.#log.warn({ reason: reasonOf(cause) }, 'the share page keeps the certificate that it has');
    }
    return this.#last;
  }
}

/** @throws where the key is not the certificate's, or one of them is torn */
function matching(identity: Identity): Identity {
  createSecureContext(identity);
  return identity;
}

/** The school's own certificate. Read anew each time: whoever renews it need not restart the box. @throws CodedError `bad_certificate` */
export function schoolIdentity(files: { readonly certFile: string; readonly keyFile: string }): Identity {
  try {
    return { cert: readFileSync(files.certFile, 'utf8'), key: readFileSync(files.keyFile, 'utf8') };
  } catch (cause) {
    throw new CodedError('bad_certificate', `The share page's certificate cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

/** Everything a laptop may call the box by; the first is what the panel shows. */
export function hostsOf(serial: string, names: readonly string[], addresses: readonly string[]): string[] {
  const own = `${serial.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '') || 'lectern'}.local`;
  return [...new Set([...names, ...addresses, own, 'localhost', '127.0.0.1'])];
}

/**
 * Before the clock is put right nothing can be said of times: what the box has is better than what it would make, and whoever trusts its
 * authority would have to trust another.
 */
function isToBeKept({ authority, server }: KeptIdentity, hosts: readonly string[], now: Now): boolean {
  return !isSane(now.nowMs) || (holds(authority, now) && isGood(server, hosts, now.nowMs));
}

/**
 * Whether an authority's own time is neither over (or soon), nor still to come: one made while the clock was wrong vouches for nothing now. Only
 * with a clock that the network vouches for is that said: laptops that trust it would have to be told of another.
 */
function holds({ certificatePem }: KeptIdentity['authority'], { nowMs, isVouchedFor }: Now): boolean {
  if (!isVouchedFor) return true;
  const { validFrom, validTo } = new X509Certificate(certificatePem);
  return nowMs >= Date.parse(validFrom) && nowMs < Date.parse(validTo) - RENEW_BEFORE_MS;
}

/** Good for the names of today, for long enough, and not of a future that a clock once believed in. */
function isGood(server: KeptIdentity['server'], hosts: readonly string[], nowMs: number): boolean {
  return hosts.every((host) => server.hosts.includes(host)) && nowMs >= server.issuedAtMs && nowMs < server.expiresAtMs - RENEW_BEFORE_MS;
}

export function localIPv4(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address));
}
