import { expect, it } from 'vitest';
import { PartSigner } from './part-signature.ts';

const signer = new PartSigner(Buffer.alloc(32, 7));

function parsed(query: string): { sig: string; until: number } {
  const fields = new URLSearchParams(query);
  return { sig: fields.get('sig') ?? '', until: Number(fields.get('until')) };
}

const given = parsed(signer.query('room-1', 1_790_000_000));
/** One that has made none itself, as after a restart. */
const another = new PartSigner(Buffer.alloc(32, 7));

it.each([
  ['part-1790000000.3.m4s', true], ['segment-1790000000.m4s', true], ['720p/part-1790000000.0.m4s', true], ['part-1789999990.0.m4s', true], ['init-0.mp4', true],
  ['part-1790000001.0.m4s', false], ['segment-1790000002.m4s', false], ['index.m3u8', false], ['part-x.m4s', false], ['', false],
])('of what belongs to a segment, opens %s: %s', (name, opens) => {
  for (const one of [signer, another]) expect(one.verify('room-1', { ...given, name })).toBe(opens);
});

it('is the same whenever it is asked for, for the sake of players and caches', () => {
  expect(another.query('room-1', 1_790_000_000)).toBe(signer.query('room-1', 1_790_000_000));
});

it('refuses another room, another key, a stretched number and nonsense', () => {
  const name = 'part-1790000000.3.m4s';
  expect(signer.verify('room-2', { ...given, name })).toBe(false);
  expect(new PartSigner(Buffer.alloc(32, 8)).verify('room-1', { ...given, name })).toBe(false);
  for (const until of [given.until + 1, given.until - 1, Infinity, Number.NaN, 2 ** 60]) expect(signer.verify('room-1', { ...given, until, name })).toBe(false);
  for (const sig of ['', 'x', `${given.sig}x`]) expect(signer.verify('room-1', { ...given, sig, name })).toBe(false);
});

it('forgets what it has made for many rooms, and goes on', () => {
  for (let room = 0; room < 25_000; room += 1) signer.query(`room-${room}`, 1);
  expect(signer.verify('room-1', { ...given, name: 'init-0.mp4' })).toBe(true);
});
