import { expect, it } from 'vitest';
import { routeOf } from './route.ts';

it.each([
  ['/', { page: 'storefront' }],
  ['/watch/room-301', { page: 'watch', room: 'room-301' }],
  ['/replay/0199', { page: 'replay', id: '0199' }],
  ['/watch/', { page: 'storefront' }],
  ['/nonsense', { page: 'storefront' }],
])('%s', (path, route) => {
  expect(routeOf(path)).toEqual(route);
});
