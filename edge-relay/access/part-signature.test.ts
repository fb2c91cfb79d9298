import { expect, it } from 'vitest';
import { PartSigner } from './part-signature.ts';

const NOW = 1_790_000_000_000;
const signer = new PartSigner(Buffer.alloc(32, 7));

function parsed(query: string): { sig: string; until: number } {
  const fields = new URLSearchParams(query);
  return { sig: fields.get('sig') ?? '', until: Number(fields.get('until')) };
}

it.each([0, 1_999, 3_999])('accepts its own signature for 24 s at least and 28 s at most, made %i ms into a period', (intoMs) => {
  const now = NOW + intoMs;
  const given = parsed(signer.query('room-1', now));
  expect(signer.verify('room-1', given, now)).toBe(true);
  expect(signer.verify('room-1', given, now + 24_000)).toBe(true);
  expect(signer.verify('room-1', given, now + 28_000)).toBe(false);
});

it('stays the same within a period, for the sake of caches', () => {
  const period = Math.ceil(NOW / 4_000) * 4_000;
  expect(signer.query('room-1', period)).toBe(signer.query('room-1', period + 3_999));
  expect(signer.query('room-1', period)).not.toBe(signer.query('room-1', period + 4_000));
});

it('refuses another room, another key, a stretched time and nonsense', () => {
  const given = parsed(signer.query('room-1', NOW));
  expect(signer.verify('room-2', given, NOW)).toBe(false);
  expect(new PartSigner(Buffer.alloc(32, 8)).verify('room-1', given, NOW)).toBe(false);
  expect(signer.verify('room-1', { ...given, until: given.until + 4 }, NOW)).toBe(false);
  expect(signer.verify('room-1', { ...given, until: given.until - 1 }, NOW)).toBe(false);
  expect(signer.verify('room-1', { sig: '', until: Number.NaN }, NOW)).toBe(false);
});

it('forgets what it has made for many rooms, and goes on', () => {
  const given = parsed(signer.query('room-1', NOW));
  for (let room = 0; room < 5_000; room += 1) expect(signer.verify(`room-${room}`, { sig: 'x', until: given.until }, NOW)).toBe(false);
  expect(signer.verify('room-1', given, NOW)).toBe(true);
});
