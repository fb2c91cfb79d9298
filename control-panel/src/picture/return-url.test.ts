import { expect, it } from 'vitest';
import { returnUrl } from './return-url.ts';

it('asks for the smallest rendition, and for none where none is known', () => {
  const renditions = [
    { id: '720p', height: 720 },
    { id: '360p', height: 360 },
  ];
  expect(returnUrl('http://edge:8090/whep/room-301?x=1', renditions)).toBe('http://edge:8090/whep/room-301?x=1&layer=360p');
  expect(returnUrl('http://edge:8090/whep/room-301', [])).toBe('http://edge:8090/whep/room-301');
});
