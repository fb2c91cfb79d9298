import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
  type Extension,
  type PublicKey,
} from '@peculiar/x509';

cryptoProvider.set(webcrypto);

/** The one kind of key that Lectern makes and takes. */
export const EC_KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3_650;
const SERVER_DAYS = 90;
/** Certificates begin a little in the past: the other side's clock may be behind before it is set. */
const BACKDATE_MS = 3_600_000;

/** A private certificate authority as it is kept: PEM, EC P-256. */
export interface AuthorityKeys {
  readonly keyPem: string;
  readonly certificatePem: string;
}
export interface Issued {
  readonly certificatePem: string;
  readonly expiresAtMs: number;
}
export interface Wanted {
  readonly publicKey: PublicKey | webcrypto.CryptoKey;
  readonly subject: string;
  readonly days: number;
  readonly uses: readonly Extension[];
}

/** An authority of our own for ten years; `name` as in `CN=Lectern campus authority`. */
export async function createAuthority(name: string, nowMs: number): Promise<AuthorityKeys> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name,
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + AUTHORITY_DAYS * DAY_MS),
    signingAlgorithm: SIGNING,
    keys,
    extensions: [new BasicConstraintsExtension(true, 0, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true)],
  });
  return { keyPem: await privatePem(keys.privateKey), certificatePem: certificate.toString('pem') };
}

/** A certificate and a fresh key for a server under these names and addresses, for 90 days. */
export async function issueForServer(authority: AuthorityKeys, subject: string, hosts: readonly string[], nowMs: number): Promise<Issued & { keyPem: string }> {
  const keys = await newKeys();
  const names = hosts.map((host) => ({ type: isIP(host) ? ('ip' as const) : ('dns' as const), value: host }));
  const uses = [new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth], true), new SubjectAlternativeNameExtension(names)];
  const issued = await issue(authority, { publicKey: keys.publicKey, subject, days: SERVER_DAYS, uses }, nowMs);
  return { ...issued, keyPem: await privatePem(keys.privateKey) };
}

export async function issue(authority: AuthorityKeys, { publicKey, subject, days, uses }: Wanted, nowMs: number): Promise<Issued> {
  const expiresAtMs = nowMs + days * DAY_MS;
  const certificate = await X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject,
    issuer: new X509Certificate(authority.certificatePem).subject,
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(expiresAtMs),
    signingAlgorithm: SIGNING,
    publicKey,
    signingKey: await signingKey(authority.keyPem),
    extensions: [new BasicConstraintsExtension(false, undefined, true), new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true), ...uses],
  });
  return { certificatePem: certificate.toString('pem'), expiresAtMs };
}

export function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(EC_KEY, true, ['sign', 'verify']);
}

/** PKCS#8 in PEM (RFC 7468). */
export async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  const base64 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${base64.replaceAll(/.{64}/g, '$&\n').trim()}\n-----END PRIVATE KEY-----\n`;
}

/** 127 random bits, never negative (RFC 5280, section 4.1.2.2). */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f | 0x40;
  return bytes.toString('hex');
}

async function signingKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, EC_KEY, false, ['sign']);
}
