import { expect, it } from 'vitest';
import { PartSigner } from './part-signature.ts';

const NOW = 1_790_000_000_000;
const signer = new PartSigner(Buffer.alloc(32, 7));

function parsed(query: string): { sig: string; until: number } {
  const fields = new URLSearchParams(query);
  return { sig: fields.get('sig') ?? '', until: Number(fields.get('until')) };
}

it('accepts its own signature for 30 s at least and 60 s at most', () => {
  const given = parsed(signer.query('room-1', NOW));
  expect(signer.verify('room-1', given, NOW)).toBe(true);
  expect(signer.verify('room-1', given, NOW + 29_000)).toBe(true);
  expect(signer.verify('room-1', given, NOW + 60_001)).toBe(false);
});

it('stays the same within a period, for the sake of caches', () => {
  const period = Math.ceil(NOW / 30_000) * 30_000;
  expect(signer.query('room-1', period)).toBe(signer.query('room-1', period + 29_999));
});

it('refuses another room, another key, a stretched time and nonsense', () => {
  const given = parsed(signer.query('room-1', NOW));
  expect(signer.verify('room-2', given, NOW)).toBe(false);
  expect(new PartSigner(Buffer.alloc(32, 8)).verify('room-1', given, NOW)).toBe(false);
  expect(signer.verify('room-1', { ...given, until: given.until + 30 }, NOW)).toBe(false);
  expect(signer.verify('room-1', { sig: '', until: Number.NaN }, NOW)).toBe(false);
});
