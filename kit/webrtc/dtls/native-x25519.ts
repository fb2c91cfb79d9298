import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createRequire } from 'node:module';

/** What werift uses of tweetnacl; all in raw bytes, 32 each. */
interface KeyAgreement {
  readonly scalarMult: (secretKey: Uint8Array, publicKey: Uint8Array) => Uint8Array;
  readonly box: { readonly keyPair: () => { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array } };
}

const KEY_BYTES = 32;
/** Private keys, by the memory that werift holds in place of each: reading one from bytes takes longer than its use. */
const privateKeys = new WeakMap<ArrayBufferLike, KeyObject>();

/**
 * Has OpenSSL do the X25519 (RFC 7748) of werift's handshakes, in the module that werift takes it from: in JavaScript it was 2 ms of
 * a handshake, this is a tenth. A public key that would give zeros is refused (RFC 8422 section 5.11).
 */
export function useNativeX25519(): void {
  Object.assign(tweetnacl(), { scalarMult });
  Object.assign(tweetnacl().box, { keyPair });
}

export function tweetnacl(): KeyAgreement {
  const resolve = createRequire(import.meta.url);
  return createRequire(resolve.resolve('werift'))('tweetnacl') as KeyAgreement;
}

/** @param secretKey of a {@link keyPair} @throws Error where a key is none */
export function scalarMult(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const privateKey = privateKeys.get(secretKey.buffer);
  if (privateKey === undefined) throw new Error('this is no secret key of ours');
  return diffieHellman({ privateKey, publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: Buffer.from(publicKey).toString('base64url') }, format: 'jwk' }) });
}

/** Each key in memory of its own: werift takes all that lies behind one. The secret one is only a name for it and holds zeros. */
export function keyPair(): { publicKey: Uint8Array; secretKey: Uint8Array } {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const secretKey = new Uint8Array(KEY_BYTES);
  privateKeys.set(secretKey.buffer, privateKey);
  return { publicKey: Uint8Array.from(Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')), secretKey };
}
