import { expect, it } from 'vitest';
import { CARD } from './i420.ts';
import { meanLumaOf } from './picture-facts.ts';

const WIDTH = 1280;
const HEIGHT = 720;

/** A 4:3 picture of one shade in a 16:9 raster, the card at both sides. */
function pillars(luma: number): Buffer {
  const row = Buffer.alloc(WIDTH, CARD.luma).fill(luma, 160, WIDTH - 160);
  return Buffer.concat(Array.from({ length: HEIGHT }, () => row));
}

it.each([16, 19, 90, 235])('tells how light a picture of %i is, whatever card is around it', (luma) => {
  expect(meanLumaOf(pillars(luma))).toBe(luma);
  expect(meanLumaOf(Buffer.alloc(WIDTH * HEIGHT, luma))).toBe(luma);
});

it('takes a picture that looks like the card for what it is', () => {
  expect(meanLumaOf(Buffer.alloc(WIDTH * HEIGHT, CARD.luma))).toBe(CARD.luma);
});
