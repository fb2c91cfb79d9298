import { expect, it } from 'vitest';
import { lowerThirdText } from './art.ts';
import { cardArguments, imageArguments, shortened } from './drawing.ts';
import { blend, overlayFrom } from './overlay.ts';
import { flatPicture, planesOf } from './i420.ts';

it('keeps what people write out of the filters', () => {
  const args = cardArguments({ width: 640, height: 360 }, '/run/a.title.txt', '/run/a.line.txt');
  expect(args[args.indexOf('-vf') + 1]).toContain("textfile='/run/a.title.txt':expansion=none");
  expect(imageArguments('/data/crest.png', { width: 100, height: 50 }, 'contain')).toContain('/data/crest.png');
});

it.each([
  ['Analysis II', 20, 'Analysis II'],
  ['Analysis of partial differential equations', 10, 'Analysis of partial…'],
  ['高等数学与应用统计分析', 6, '高等数学与…'],
])('shortens %s to %i widths', (words, widths, expected) => {
  expect(shortened(words, widths)).toBe(expected);
});

it.each([
  [['course', 'teacher', 'date'] as const, { title: 'Optics', line: 'Li Na · 21 November 2026' }],
  [['date', 'teacher'] as const, { title: '21 November 2026', line: 'Li Na' }],
])('says %j', (fields, expected) => {
  const words = { language: 'en' as const, course: 'Optics', teacher: 'Li Na', date: '21 November 2026' };
  expect(lowerThirdText(fields, words)).toEqual(expected);
  expect(lowerThirdText(['course'], { ...words, course: '' })).toBeNull();
});

it('blends by alpha, luma and chroma, and touches nothing else', () => {
  const program = { width: 8, height: 4 };
  const picture = flatPicture(program, '#000000');
  const before = Buffer.from(picture);
  // 4 x 2: luma 200, chroma 100 and 150; alpha 255, 128, 0, 0 in both rows.
  const raw = Buffer.from([...Array<number>(8).fill(200), 100, 100, 150, 150, 255, 128, 0, 0, 255, 128, 0, 0]);
  blend(picture, program, overlayFrom(raw, { x: 2, y: 2, width: 4, height: 2 }));
  const luma = [...picture.subarray(2 * 8, 3 * 8)];
  expect(luma).toEqual([16, 16, 200, 108 + 1, 16, 16, 16, 16]);
  const [, u] = planesOf(program);
  expect(picture[u.offset + 4 + 1]).toBe(107);
  expect(picture.subarray(0, 16)).toEqual(before.subarray(0, 16));
});

it.each([['#14181f', 36, 131, 126], ['#ffffff', 235, 128, 128], ['#ff0000', 63, 102, 240]])('paints %s as BT.709', (colour, y, u, v) => {
  const size = { width: 4, height: 2 };
  const [, second, third] = planesOf(size);
  const picture = flatPicture(size, colour);
  expect([picture[0], picture[second.offset], picture[third.offset]]).toEqual([y, u, v]);
});
