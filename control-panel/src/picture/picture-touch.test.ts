import { expect, it } from 'vitest';
import { cameraAt, pointOfProgram, zoomTowards } from './picture-touch.ts';

const tile = (source: string, x = 0, y = 0, width = 1, height = 1) => ({ source, x, y, width, height });
const camera = (id: string, source?: string) => ({ id, name: id, link: 'ok' as const, panDeg: 0, tiltDeg: 0, zoom: 1, moving: false, presets: [], advice: '', ...(source === undefined ? {} : { source }) });
const layouts = [
  { id: 'inset', name: 'Inset', kind: 'built-in' as const, tiles: [tile('slides'), tile('lens', 0.75, 0.75, 0.25, 0.25)] },
  { id: 'camera', name: 'Camera', kind: 'built-in' as const, tiles: [tile('back')] },
];
const cameras = [camera('head', 'lens'), camera('back')];

it.each([
  [{ x: 400, y: 225 }, { width: 800, height: 450 }, { width: 1280, height: 720 }, { x: 0.5, y: 0.5 }],
  [{ x: 50, y: 225 }, { width: 800, height: 450 }, { width: 640, height: 480 }, null],
  [{ x: 100, y: 0 }, { width: 800, height: 450 }, { width: 640, height: 480 }, { x: 0, y: 0 }],
])('finds a touch at %o of a box of %o on a program of %o', (touch, box, program, point) => {
  expect(pointOfProgram(touch, box, program)).toEqual(point);
});

it.each([
  ['inset', { x: 0.875, y: 0.75 }, { camera: 'head', x: 0.5, y: 0 }],
  ['inset', { x: 0.2, y: 0.2 }, null],
  ['camera', { x: 0.2, y: 0.7 }, { camera: 'back', x: 0.2, y: 0.7 }],
  ['gone', { x: 0.2, y: 0.7 }, null],
])('in the layout %s %o is %o', (layout, point, found) => {
  expect(cameraAt(point, { layout, layouts, cameras })).toEqual(found);
});

it.each([
  [2, 2.02, 0],
  [4, 1, 1],
  [1.1, 1, 0.12],
  [1, 1.5, -0.487],
])('towards %d from %d zooms at %d', (wanted, now, speed) => {
  expect(zoomTowards(wanted, now)).toBeCloseTo(speed, 2);
});
