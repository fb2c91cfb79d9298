import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { newKeys, privatePem } from '#kit/process/certificates.ts';
import type { BoxKey } from './enrolment.ts';

/** A fresh EC P-256 key and its certificate request (PKCS#10, RFC 2986). What names the box is campus's to say. */
export async function createBoxKey(serial: string): Promise<BoxKey> {
  const keys = await newKeys();
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [`Lectern box ${serial}`] }],
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
  });
  return { keyPem: await privatePem(keys.privateKey), csrPem: request.toString('pem') };
}

export function expiryOf(certificatePem: string): number {
  return Date.parse(new X509Certificate(certificatePem).validTo);
}
