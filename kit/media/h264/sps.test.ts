import { expect, test } from 'vitest';
import { parseSps } from './sps.ts';

const at704x576 = (vui: string): Buffer => Buffer.from(`6764001eacd940b0126${vui}`, 'hex');

// Written by x264 for 704x576; the last two with the shape in numbers of its own, one of them 0:1.
test.each<[string, string, number | undefined]>([
  ['16:11, by its number in the table', 'c1040000003004000000c83c58b6580', 16 / 11],
  ['square', 'c0440000003004000000c83c58b6580', undefined],
  ['5:7, in numbers of its own', 'ffc0014001c40000003004000000c83c58b6580', 5 / 7],
  ['of no width', 'ffc0000001c40000003004000000c83c58b6580', undefined],
])('tells the shape of pixels: %s', (_, vui, pixelAspect) => {
  const { width, height, fps, ...info } = parseSps(at704x576(vui));
  expect([width, height, fps]).toEqual([704, 576, 25]);
  if (pixelAspect === undefined) expect(info).not.toHaveProperty('pixelAspect');
  else expect(info.pixelAspect).toBeCloseTo(pixelAspect, 6);
});
