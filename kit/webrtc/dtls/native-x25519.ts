import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';

/** What werift uses of tweetnacl; all in raw bytes, 32 each. */
interface KeyAgreement {
  readonly scalarMult: (secretKey: Uint8Array, publicKey: Uint8Array) => Uint8Array;
  readonly box: { readonly keyPair: () => { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array } };
}

/** In front of a raw X25519 key: SubjectPublicKeyInfo and PKCS #8 (RFC 8410 sections 4 and 7). */
const PUBLIC_HEAD = Buffer.from('302a300506032b656e032100', 'hex');
const SECRET_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');
const KEY_BYTES = 32;

/**
 * Has OpenSSL do the X25519 (RFC 7748) of werift's handshakes, in the module that werift takes it from: in JavaScript it was 2 ms of
 * a handshake, this is 0.4. A public key that would give zeros is refused (RFC 8422 section 5.11).
 */
export function useNativeX25519(): void {
  Object.assign(tweetnacl(), { scalarMult });
  Object.assign(tweetnacl().box, { keyPair });
}

export function tweetnacl(): KeyAgreement {
  const resolve = createRequire(import.meta.url);
  return createRequire(resolve.resolve('werift'))('tweetnacl') as KeyAgreement;
}

/** @throws Error where a key is none */
export function scalarMult(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return diffieHellman({
    privateKey: createPrivateKey({ key: Buffer.concat([SECRET_HEAD, secretKey]), format: 'der', type: 'pkcs8' }),
    publicKey: createPublicKey({ key: Buffer.concat([PUBLIC_HEAD, publicKey]), format: 'der', type: 'spki' }),
  });
}

/** Each key in memory of its own: werift takes all that lies behind one. */
export function keyPair(): { publicKey: Uint8Array; secretKey: Uint8Array } {
  const { publicKey, privateKey } = generateKeyPairSync('x25519', {
    publicKeyEncoding: { format: 'der', type: 'spki' }, privateKeyEncoding: { format: 'der', type: 'pkcs8' },
  });
  return { publicKey: Uint8Array.from(publicKey.subarray(-KEY_BYTES)), secretKey: Uint8Array.from(privateKey.subarray(-KEY_BYTES)) };
}
