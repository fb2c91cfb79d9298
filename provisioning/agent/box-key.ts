import 'reflect-metadata';
import { webcrypto, X509Certificate } from 'node:crypto';
import { cryptoProvider, Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import type { BoxKey } from './enrolment.ts';

cryptoProvider.set(webcrypto);

/** A fresh EC P-256 key and its certificate request (PKCS#10, RFC 2986). What names the box is campus's to say. */
export async function createBoxKey(serial: string): Promise<BoxKey> {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [`Lectern box ${serial}`] }],
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
  });
  const base64 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const keyPem = `-----BEGIN PRIVATE KEY-----\n${base64.replaceAll(/.{64}/g, '$&\n').trim()}\n-----END PRIVATE KEY-----\n`;
  return { keyPem, csrPem: request.toString('pem') };
}

export function expiryOf(certificatePem: string): number {
  return Date.parse(new X509Certificate(certificatePem).validTo);
}
