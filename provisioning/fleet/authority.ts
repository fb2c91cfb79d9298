import 'reflect-metadata';
import { createHash, createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
  type Extension,
  type PublicKey,
} from '@peculiar/x509';
import { CodedError } from '#kit/process/errors.ts';

cryptoProvider.set(webcrypto);

const EC = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const BOX_DAYS = 30;
const SERVER_DAYS = 90;
const AUTHORITY_DAYS = 3_650;
/** Certificates begin a little in the past: a box's clock may be behind before it is set. */
const BACKDATE_MS = 3_600_000;

/** The school's own certificate authority as it is kept: PEM, EC P-256. */
export interface AuthorityKeys {
  readonly keyPem: string;
  readonly certificatePem: string;
}
export interface Issued {
  readonly certificatePem: string;
  readonly expiresAtMs: number;
}
export interface BoxRequest {
  readonly publicKey: PublicKey;
  /** SHA-256 of the public key (SubjectPublicKeyInfo), hex: what an enrolment is recognised by. */
  readonly keyHash: string;
}

export async function createAuthority(nowMs: number): Promise<AuthorityKeys> {
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: 'CN=Lectern campus authority',
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + AUTHORITY_DAYS * DAY_MS),
    signingAlgorithm: SIGNING,
    keys: keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return { keyPem: await privatePem(keys.privateKey), certificatePem: certificate.toString('pem') };
}

/**
 * A box's PKCS#10 request (RFC 2986), with proof that it has the key. What name it asks for is not looked at.
 * @throws CodedError 400 `bad_csr`
 */
export async function readRequest(csrPem: string): Promise<BoxRequest> {
  try {
    const request = new Pkcs10CertificateRequest(csrPem);
    const algorithm = request.publicKey.algorithm as { name: string; namedCurve?: string };
    if (algorithm.name !== EC.name || algorithm.namedCurve !== EC.namedCurve) throw new Error('the key is not EC P-256');
    if (!(await request.verify())) throw new Error('its signature does not match its key');
    const keyHash = createHash('sha256').update(Buffer.from(request.publicKey.rawData)).digest('hex');
    return { publicKey: request.publicKey, keyHash };
  } catch (cause) {
    throw new CodedError('bad_csr', 'The certificate request cannot be used. Send a PKCS#10 request in PEM with an EC P-256 key, signed by that key.', { cause });
  }
}

/** A certificate with which a box speaks to the mutual-TLS port: its id is the subject's common name. */
export async function issueForBox(authority: AuthorityKeys, request: BoxRequest, box: string, nowMs: number): Promise<Issued> {
  return issue(authority, request.publicKey, `CN=${box}, OU=box`, nowMs, BOX_DAYS, [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth], true)]);
}

/** A certificate and a fresh key for the mutual-TLS port itself. */
export async function issueForServer(authority: AuthorityKeys, hosts: readonly string[], nowMs: number): Promise<Issued & { keyPem: string }> {
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
  const names = hosts.map((host) => ({ type: isIP(host) ? ('ip' as const) : ('dns' as const), value: host }));
  const extensions = [new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth], true), new SubjectAlternativeNameExtension(names)];
  const issued = await issue(authority, keys.publicKey, 'CN=Lectern campus', nowMs, SERVER_DAYS, extensions);
  return { ...issued, keyPem: await privatePem(keys.privateKey) };
}

/** The box a verified peer certificate was issued for, or null for anything else that the authority signed. */
export function boxOfSubject(subject: { CN?: string | string[]; OU?: string | string[] } | undefined): string | null {
  return subject?.OU === 'box' && typeof subject.CN === 'string' ? subject.CN : null;
}

async function issue(
  authority: AuthorityKeys, publicKey: PublicKey | webcrypto.CryptoKey, subject: string, nowMs: number, days: number, uses: Extension[],
): Promise<Issued> {
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

/** 127 random bits, never negative (RFC 5280, section 4.1.2.2). */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f | 0x40;
  return bytes.toString('hex');
}

async function signingKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, EC, false, ['sign']);
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  const base64 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${base64.replaceAll(/.{64}/g, '$&\n').trim()}\n-----END PRIVATE KEY-----\n`;
}
