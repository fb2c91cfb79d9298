import { expect, it } from 'vitest';
import { pathOf, whereOf } from './where.svelte.ts';

it.each([
  ['/', '', { page: 'fleet' }],
  ['/claim', '?code=K7QF-2MXA', { page: 'claim', code: 'K7QF-2MXA' }],
  ['/rooms/room-301', '', { page: 'room', room: 'room-301' }],
  ['/elsewhere', '', { page: 'fleet' }],
] as const)('%s%s', (path, query, where) => {
  expect(whereOf(path, query)).toEqual(where);
});

it('writes a room into the address and reads it back', () => {
  expect(whereOf(pathOf({ page: 'room', room: 'hörsaal 1' }), '')).toEqual({ page: 'room', room: 'hörsaal 1' });
});
