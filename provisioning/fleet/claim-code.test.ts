import { expect, it } from 'vitest';
import { claimCodeOf, hashClaimCode, normaliseClaimCode, pollTokenOf } from './claim-code.ts';

it('is the same for the same enrolment and round, and reads without doubt', () => {
  expect(claimCodeOf('s', 'e', 0)).toBe(claimCodeOf('s', 'e', 0));
  const codes = Array.from({ length: 300 }, (_, round) => claimCodeOf('s', 'e', round));
  expect(new Set(codes).size).toBe(300);
  expect(codes.every((code) => /^[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}$/.test(code))).toBe(true);
});

it('depends on the secret, and so do its hash and the poll token', () => {
  expect(claimCodeOf('a', 'e', 0)).not.toBe(claimCodeOf('b', 'e', 0));
  expect(hashClaimCode('a', 'K7QF-2MXA')).not.toBe(hashClaimCode('b', 'K7QF-2MXA'));
  expect(pollTokenOf('a', 'e')).not.toBe(pollTokenOf('b', 'e'));
});

it.each([
  ['K7QF-2MXA', 'K7QF-2MXA'],
  [' k7qf 2mxa ', 'K7QF-2MXA'],
  ['k7qf2mxa', 'K7QF-2MXA'],
  ['K7QF-2MX', null],
  ['K7QF-2MXO', null],
  ['', null],
])('reads “%s”', (typed, code) => {
  expect(normaliseClaimCode(typed)).toBe(code);
});
