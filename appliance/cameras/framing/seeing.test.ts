import { describe, expect, test } from 'vitest';
import { drawInput } from './model-input.ts';
import { MovementDetector, personIn } from './movement.ts';
import { personOf } from './pose.ts';
import { regionAround, wholePicture } from './region.ts';

const PICTURE = { width: 640, height: 360 };

/** The model's 17 points, those of face and shoulders given. */
function answer(points: Record<number, readonly [x: number, y: number, score: number]>): number[] {
  return Array.from({ length: 17 }, (_, index) => {
    const [x, y, score] = points[index] ?? [0.5, 0.9, 0.05];
    return [y, x, score];
  }).flat();
}

describe('where to look', () => {
  test('at first, the whole picture, with black above and below', () => {
    expect(wholePicture(PICTURE)).toEqual({ x: 0, y: -140, side: 640 });
  });

  test('then closer around whom it saw, and never so close that pixels show', () => {
    const near = regionAround({ head: { x: 0.5, y: 0.4 }, size: 0.1, score: 1 }, PICTURE);
    expect(near.side).toBeCloseTo(0.65 * 360);
    expect(near.x + near.side / 2).toBeCloseTo(320);
    expect(regionAround({ head: { x: 0.5, y: 0.4 }, size: 0.01, score: 1 }, PICTURE).side).toBeCloseTo(0.3 * 360);
    expect(regionAround({ head: { x: 0.5, y: 0.4 }, size: 0.4, score: 1 }, PICTURE)).toEqual(wholePicture(PICTURE));
  });
});

describe('the model’s input', () => {
  test('is RGB of the region, black outside of the picture', () => {
    const bytes = Buffer.alloc(640 * 360 * 1.5, 128);
    bytes.fill(235, 0, 640 * 360);
    const into = new Int32Array(16 * 16 * 3).fill(-1);
    drawInput(into, 16, { ...PICTURE, bytes }, wholePicture(PICTURE));
    expect([...into.slice(0, 3)]).toEqual([0, 0, 0]);
    expect([...into.slice(8 * 16 * 3, 8 * 16 * 3 + 3)].every((level) => level >= 253 && level <= 255)).toBe(true);
  });

  test('knows red from blue (BT.709: Y 63, U 102, V 240 is red)', () => {
    const bytes = Buffer.alloc(640 * 360 * 1.5, 63);
    bytes.fill(102, 640 * 360, 640 * 360 * 1.25);
    bytes.fill(240, 640 * 360 * 1.25);
    const into = new Int32Array(3);
    drawInput(into, 1, { ...PICTURE, bytes }, { x: 100, y: 100, side: 10 });
    expect(into[0]).toBeGreaterThan(245);
    expect(Math.max(into[1] ?? 255, into[2] ?? 255)).toBeLessThan(10);
  });
});

describe('a pose', () => {
  const sure = answer({ 0: [0.5, 0.4, 0.8], 1: [0.52, 0.38, 0.8], 2: [0.48, 0.38, 0.8], 5: [0.58, 0.52, 0.7], 6: [0.42, 0.52, 0.7] });

  test('of somebody seen from the front: head and size are shares of the picture, not of the region', () => {
    const person = personOf(sure, { x: 0, y: -140, side: 640 }, PICTURE);
    expect(person?.head.x).toBeCloseTo(0.5, 2);
    // 0.387 of 640 less 140 rows, and a little above the face.
    expect(person?.head.y).toBeGreaterThan(0.24);
    expect(person?.head.y).toBeLessThan(0.31);
    expect(person?.size).toBeCloseTo(((0.52 - 0.387) * 640) / 360, 1);
  });

  test.each([
    ['an empty room', answer({})],
    ['a chair: a guess at shoulders, no face', answer({ 5: [0.6, 0.5, 0.5], 6: [0.4, 0.5, 0.5] })],
  ])('of %s is nobody', (_, points) => {
    expect(personOf(points, { x: 0, y: -140, side: 640 }, PICTURE)).toBeNull();
  });
});

describe('movement, where there is no detector', () => {
  const cells = (inside: (column: number, row: number) => boolean): number[] =>
    Array.from({ length: 64 * 36 }, (_, index) => (inside(index % 64, Math.floor(index / 64)) ? 1 : 0));

  test('a tall patch is somebody: the head is at its top', () => {
    const person = personIn(cells((column, row) => column >= 40 && column < 46 && row >= 10 && row < 30));
    expect(person?.head.x).toBeCloseTo(43.5 / 64, 1);
    expect(person?.head.y).toBeGreaterThan(10 / 36);
    expect(person?.head.y).toBeLessThan(15 / 36);
  });

  test.each([
    ['noise', cells((column, row) => column === 3 && row === 3)],
    ['the camera’s own motion', cells(() => true)],
    ['a flat flicker', cells((column, row) => row === 5 && column < 20)],
  ])('%s is nobody', (_, moving) => {
    expect(personIn(moving)).toBeNull();
  });

  test('two pictures show it, one does not', () => {
    const detector = new MovementDetector();
    const plain = { ...PICTURE, bytes: Buffer.alloc(640 * 360 * 1.5, 60) };
    const moved = { ...PICTURE, bytes: Buffer.from(plain.bytes) };
    for (let row = 100; row < 300; row += 1) moved.bytes.fill(200, row * 640 + 400, row * 640 + 470);
    expect(detector.detect(plain)).toBeNull();
    expect(detector.detect(moved)?.head.x).toBeCloseTo(435 / 640, 1);
  });
});
