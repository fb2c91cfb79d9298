import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import { createSelfSignedCertificate } from 'werift';

/** What one endpoint shows in every DTLS handshake: made once when it opens, never written anywhere. */
export interface DtlsCertificate {
  readonly der: Buffer;
  readonly privateKey: KeyObject;
  /** SHA-256 of the DER form as SDP writes it, e.g. `AB:CD:…` (RFC 8122 section 5). */
  readonly fingerprint: string;
}

/** Hash and signature of TLS 1.2 (RFC 5246 section 7.4.1.4.1): SHA-256 with ECDSA. */
export const ECDSA_SHA256 = { hash: 4, signature: 3 } as const;

/** A fresh self-signed certificate with an EC P-256 key, which every browser takes (RFC 8827 section 6.5). */
export async function createDtlsCertificate(): Promise<DtlsCertificate> {
  const { certPem, keyPem } = await createSelfSignedCertificate(ECDSA_SHA256);
  const der = derOf(certPem);
  return { der, privateKey: createPrivateKey(keyPem), fingerprint: fingerprintOf(der, 'sha256') };
}

/** `AB:CD:…` of a certificate in DER form. */
export function fingerprintOf(der: Buffer, hash: string): string {
  const hex = createHash(hash).update(der).digest('hex').toUpperCase();
  return hex.replace(/(..)(?=.)/g, '$1:');
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
}
