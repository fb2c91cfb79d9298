import { createCipheriv } from 'node:crypto';

/** Labels of RFC 3711 section 4.3.2. */
export const LABEL = { rtpCipher: 0, rtpAuth: 1, rtpSalt: 2, rtcpCipher: 3, rtcpAuth: 4, rtcpSalt: 5 } as const;

/**
 * A session key from the master key and salt by AES-CM (RFC 3711 section 4.3.3) with a key derivation rate of zero. A 12-byte
 * GCM salt counts as its 14-byte form with zeros behind (RFC 7714 section 11).
 */
export function deriveKey(masterKey: Buffer, masterSalt: Buffer, label: number, length: number): Buffer {
  const iv = Buffer.alloc(16);
  masterSalt.copy(iv, 0, 0, 14);
  iv.writeUInt8(iv.readUInt8(7) ^ label, 7);
  return createCipheriv(`aes-${masterKey.length * 8}-ctr`, masterKey, iv).update(Buffer.alloc(length));
}
