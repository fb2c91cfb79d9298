import { expect, it } from 'vitest';
import { keyPair, scalarMult, tweetnacl, useNativeX25519 } from './native-x25519.ts';

const { scalarMult: inJavaScript } = tweetnacl();
const nine = Buffer.alloc(32);
nine[0] = 9;

it('gives the product of RFC 7748 section 5.2', () => {
  expect(Buffer.from(scalarMult(nine, nine)).toString('hex')).toBe('422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079');
});

it('agrees with what it stands in for', () => {
  const [ours, theirs] = [keyPair(), keyPair()];
  const shared = scalarMult(ours.secretKey, theirs.publicKey);
  expect(Buffer.from(shared)).toEqual(Buffer.from(scalarMult(theirs.secretKey, ours.publicKey)));
  expect(Buffer.from(shared)).toEqual(Buffer.from(inJavaScript(ours.secretKey, theirs.publicKey)));
  expect(ours.secretKey.buffer.byteLength).toBe(32);
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
