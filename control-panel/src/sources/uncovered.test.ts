import { expect, it } from 'vitest';
import { uncovered } from './uncovered.ts';

const slides = { source: 'slides', x: 0, y: 0, width: 1, height: 1 };
const inset = { source: 'camera', x: 0.7, y: 0.7, width: 0.25, height: 0.25 };
const half = (source: string, x: number) => ({ source, x, y: 0.25, width: 0.5, height: 0.5 });

it('is every tile that has nothing in front of it', () => {
  expect(uncovered([slides, inset])).toEqual([inset]);
  expect(uncovered([half('slides', 0), half('camera', 0.5)])).toHaveLength(2);
  expect(uncovered([])).toEqual([]);
});
