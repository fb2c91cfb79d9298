import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { ExtendedKeyUsage, ExtendedKeyUsageExtension, Pkcs10CertificateRequest, type PublicKey } from '@peculiar/x509';
import { EC_KEY, issue, type AuthorityKeys, type Issued } from '#kit/process/certificates.ts';
import { CodedError } from '#kit/process/errors.ts';

const BOX_DAYS = 30;

export interface BoxRequest {
  readonly publicKey: PublicKey;
  /** SHA-256 of the public key (SubjectPublicKeyInfo), hex: what an enrolment is recognised by. */
  readonly keyHash: string;
}

/**
 * A box's PKCS#10 request (RFC 2986), with proof that it has the key. What name it asks for is not looked at.
 * @throws CodedError 400 `bad_csr`
 */
export async function readRequest(csrPem: string): Promise<BoxRequest> {
  try {
    const request = new Pkcs10CertificateRequest(csrPem);
    const algorithm = request.publicKey.algorithm as { name: string; namedCurve?: string };
    if (algorithm.name !== EC_KEY.name || algorithm.namedCurve !== EC_KEY.namedCurve) throw new Error('the key is not EC P-256');
    if (!(await request.verify())) throw new Error('its signature does not match its key');
    const keyHash = createHash('sha256').update(Buffer.from(request.publicKey.rawData)).digest('hex');
    return { publicKey: request.publicKey, keyHash };
  } catch (cause) {
    throw new CodedError('bad_csr', 'The certificate request cannot be used. Send a PKCS#10 request in PEM with an EC P-256 key, signed by that key.', { cause });
  }
}

/** A certificate with which a box speaks to the mutual-TLS port: its id is the subject's common name. */
export async function issueForBox(authority: AuthorityKeys, request: BoxRequest, box: string, nowMs: number): Promise<Issued> {
  const uses = [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth], true)];
  return issue(authority, { publicKey: request.publicKey, subject: `CN=${box}, OU=box`, days: BOX_DAYS, uses }, nowMs);
}

/** The box a verified peer certificate was issued for, or null for anything else that the authority signed. */
export function boxOfSubject(subject: { CN?: string | string[]; OU?: string | string[] } | undefined): string | null {
  return subject?.OU === 'box' && typeof subject.CN === 'string' ? subject.CN : null;
}
