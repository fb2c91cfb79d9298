import { expect, it } from 'vitest';
import { keyPair, scalarMult, tweetnacl, useNativeX25519 } from './native-x25519.ts';

const { scalarMult: inJavaScript } = tweetnacl();
/** RFC 7748 section 6.1, Bob. */
const BOB = {
  secretKey: Buffer.from('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb', 'hex'),
  publicKey: Buffer.from('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f', 'hex'),
};

it('agrees with another implementation, and with itself', () => {
  const [ours, theirs] = [keyPair(), keyPair()];
  expect(Buffer.from(scalarMult(ours.secretKey, BOB.publicKey))).toEqual(Buffer.from(inJavaScript(BOB.secretKey, ours.publicKey)));
  expect(Buffer.from(scalarMult(ours.secretKey, theirs.publicKey))).toEqual(Buffer.from(scalarMult(theirs.secretKey, ours.publicKey)));
});

it('keeps what is secret where nobody copies it', () => {
  const { secretKey } = keyPair();
  expect([secretKey.length, secretKey.buffer.byteLength, secretKey.every((byte) => byte === 0)]).toEqual([32, 32, true]);
  expect(() => scalarMult(Uint8Array.from(secretKey), BOB.publicKey)).toThrow('no secret key of ours');
});

it('refuses a key that is too short, and one that gives zeros', () => {
  expect(() => scalarMult(keyPair().secretKey, new Uint8Array(31))).toThrow();
  expect(() => scalarMult(keyPair().secretKey, new Uint8Array(32))).toThrow();
});

it('is what werift finds', () => {
  useNativeX25519();
  expect(tweetnacl().scalarMult).toBe(scalarMult);
  expect(tweetnacl().box.keyPair).toBe(keyPair);
});
