import { expect, it } from 'vitest';
import { FragmentJoiner, type Fragment } from './handshake-fragments.ts';

function piece(offset: number, bytes: number, other: Partial<Fragment> = {}): Fragment {
  return { msg_type: 11, length: 10, message_seq: 2, fragment_offset: offset, fragment_length: bytes, fragment: Buffer.alloc(bytes), ...other };
}

/** Offsets of each whole message that comes out. */
function joined(pieces: readonly Fragment[]): number[][] {
  const joiner = new FragmentJoiner();
  return pieces.map((each) => joiner.push(each).map(({ fragment_offset: offset }) => offset)).filter((offsets) => offsets.length > 0);
}

it.each<[string, Fragment[], number[][]]>([
  ['a message in one piece', [piece(0, 10)], [[0]]],
  ['an empty one', [piece(0, 0, { length: 0 })], [[0]]],
  ['pieces in order', [piece(0, 4), piece(4, 4), piece(8, 2)], [[0, 4, 8]]],
  ['pieces that come twice', [piece(0, 4), piece(0, 4), piece(4, 6)], [[0, 4]]],
  ['a repetition in other sizes', [piece(0, 4), piece(0, 6), piece(6, 4)], [[0, 0, 6]]],
  ['a hole waits for the repetition', [piece(0, 4), piece(8, 2), piece(0, 4), piece(4, 4), piece(8, 2)], [[0, 4, 8]]],
  ['no two messages mixed', [piece(0, 4), piece(4, 6, { message_seq: 3 }), piece(4, 6)], [[0, 4]]],
  ['another message begins', [piece(0, 4), piece(0, 5, { message_seq: 3 }), piece(4, 6), piece(5, 5, { message_seq: 3 })], [[0, 5]]],
  ['the same message with another length', [piece(0, 4), piece(4, 6, { length: 16 })], []],
  ['a length that nobody needs', [piece(0, 10, { length: 0xffffff }), piece(0xfffffe, 1, { length: 0xffffff })], []],
  ['a whole message that is not there', [piece(0, 10, { length: 9_000, fragment_length: 9_000 })], []],
  ['a piece beyond the end', [piece(0, 4), piece(4, 7)], []],
])('joins %s', (_what, pieces, expected) => expect(joined(pieces)).toEqual(expected));

it('holds only so many pieces', () => {
  expect(joined(Array.from({ length: 200 }, (_, at) => piece(at, 1, { length: 200 })))).toEqual([]);
});
