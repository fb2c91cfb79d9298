import { expect, it } from 'vitest';
import { routeOf } from './route.ts';

it.each([
  ['/', { page: 'storefront' }],
  ['/watch/room-301', { page: 'watch', room: 'room-301' }],
  ['/replay/0199', { page: 'replay', id: '0199' }],
  ['/watch/', { page: 'storefront' }],
  ['/signing-in?link=abc&to=%2Fwatch%2Froom-301', { page: 'signing-in', link: 'abc', to: '/watch/room-301' }],
  ['/signing-in', { page: 'signing-in', link: '', to: '/' }],
  ['/nonsense', { page: 'storefront' }],
])('%s', (path, route) => {
  expect(routeOf(new URL(path, 'https://live.test'))).toEqual(route);
});
