import { createHmac } from 'node:crypto';

/** 30 characters that can't be taken for one another, read aloud or on a small screen: no 0/O, 1/I/L, no U (read as V). */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 8;
/** A byte below this maps to the alphabet without favouring its first letters. */
const FAIR_BELOW = 256 - (256 % ALPHABET.length);

/**
 * The claim code of an enrolment: eight characters in two groups, e.g. `K7QF-2MXA`. Derived, so that the same key that asks again is
 * shown the same code although only its hash is kept.
 */
export function claimCodeOf(secret: string, enrolment: string, round: number): string {
  let code = '';
  for (let block = 0; code.length < LENGTH; block++) {
    const bytes = createHmac('sha256', secret).update(`claim:${enrolment}:${round}:${block}`).digest();
    for (const byte of bytes) {
      if (byte < FAIR_BELOW && code.length < LENGTH) code += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}

/** The bearer with which the box polls its enrolment; derived for the same reason. */
export function pollTokenOf(secret: string, enrolment: string): string {
  return createHmac('sha256', secret).update(`poll:${enrolment}`).digest('base64url');
}

/** What a person typed, in the form that is hashed: case, spaces and hyphens don't matter. Null when it can't be a code. */
export function normaliseClaimCode(typed: string): string | null {
  const letters = typed.toUpperCase().replaceAll(/[\s-]/g, '');
  if (letters.length !== LENGTH || [...letters].some((letter) => !ALPHABET.includes(letter))) return null;
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

/** How a code is kept: keyed, since forty bits alone could be searched through by whoever steals the file. */
export function hashClaimCode(secret: string, code: string): string {
  return createHmac('sha256', secret).update(`code:${code}`).digest('hex');
}
