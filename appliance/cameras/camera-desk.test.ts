import { createLog } from '#kit/process/log.ts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CameraSettings, FramingRequest, FramingState } from '../contract/cameras.ts';
import { CameraDesk, USUAL_SETTINGS } from './camera-desk.ts';
import type { CameraOperator } from './operator.ts';
import { STILL, type CameraCommand, type CameraStatus, type PtzCamera, type Velocity } from './ptz-camera.ts';

const RIGHT: Velocity = { pan: 1, tilt: 0, zoom: 0 };
const LEFT: Velocity = { pan: -1, tilt: 0, zoom: 0 };
const MINUTE = 60_000;
const log = createLog('test');
log.level = 'silent';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function deskWith(settings: Partial<CameraSettings> = {}) {
  const said: (Velocity | 'stop' | CameraCommand)[] = [];
  const asked: (FramingRequest | 'touched')[] = [];
  const at: { -readonly [K in keyof CameraStatus]?: CameraStatus[K] } = { link: 'ok', panDeg: 0, tiltDeg: 0, zoom: 1, moving: false, advice: '' };
  const head = {
    drive: (velocity: Velocity) => said.push(velocity), stop: () => said.push('stop'), status: () => at, execute: async (command: CameraCommand) => void said.push(command),
    capabilities: () => ({ commands: ['home', 'move-to', 'move-by', 'preset-recall', 'preset-save', 'focus'], focusModes: ['one-push'], fullSpeed: { panDegPerS: 50, tiltDegPerS: 50 }, fieldOfViewDeg: null }),
  } as unknown as PtzCamera;
  const room = { onAir: ['slides'], near: false };
  let kept: CameraSettings | null = null;
  const desk = new CameraDesk([{ id: 'camera', name: 'Camera', head, presets: { 1: 'Board' } }], { list: () => [], name: () => undefined }, {
    setup: () => ({ source: 'lens', fieldOfViewDeg: 60, settings: { ...USUAL_SETTINGS, ...settings } }),
    memory: { position: () => null, setPosition: () => undefined, cameraSettings: () => kept, setCameraSettings: (_camera, changed) => (kept = changed) },
    sourcesOnAir: () => room.onAir, classNear: () => room.near, pictures: null, snapshot: async () => Buffer.alloc(0), clock: { nowMs: () => Date.now() }, log,
  });
  const framing: FramingState = { mode: 'follow', state: 'following', reason: '', zone: null };
  const operator: CameraOperator = { state: () => framing, frame: (request) => asked.push(request), touched: () => asked.push('touched') };
  return { desk, operator, said, asked, framing, room, at };
}

it('lets a person take the camera from the automatic operator, and gives it back when they let go', () => {
  const { desk, operator, said, asked } = deskWith();
  desk.operate('camera', operator);
  expect(desk.driveByItself('camera', LEFT)).toBe(true);
  desk.drive('camera', RIGHT, 'page');
  expect(asked).toEqual(['touched']);
  expect(desk.driveByItself('camera', LEFT)).toBe(false);
  expect(said).toEqual([LEFT, RIGHT]);
  vi.advanceTimersByTime(340);
  expect(said.at(-1)).toBe('stop');
  expect(desk.driveByItself('camera', LEFT)).toBe(true);
});

it('stops what the automatic operator drove when its commands stop', () => {
  const { desk, operator, said } = deskWith();
  desk.operate('camera', operator);
  desk.driveByItself('camera', LEFT);
  vi.advanceTimersByTime(340);
  expect(said).toEqual([LEFT, 'stop']);
});

it('gives the camera to the newest touch, and stops it when that page is gone', () => {
  const { desk, said } = deskWith();
  desk.drive('camera', RIGHT, 'one');
  desk.drive('camera', LEFT, 'two');
  desk.drive('camera', RIGHT, 'one');
  desk.release('one');
  expect(said).toEqual([RIGHT, LEFT]);
  desk.release('two');
  expect(said.at(-1)).toBe('stop');
});

it('hands a mode on to the operator, and says so where there is none', () => {
  const { desk, operator, asked, framing } = deskWith();
  expect(() => desk.frame('camera', { mode: 'follow' })).toThrow(/automatic operator/);
  expect(desk.states()[0]?.framing).toBeUndefined();
  desk.operate('camera', operator);
  desk.frame('camera', { mode: 'off' });
  expect(asked).toEqual([{ mode: 'off' }]);
  expect(desk.states()[0]?.framing).toEqual(framing);
});

it('moves gently while students watch, and not at all where the room wants that', async () => {
  const { desk, said, room } = deskWith();
  room.onAir = ['slides', 'lens'];
  expect(desk.states()[0]).toMatchObject({ onAir: true, moves: 'smooth' });
  desk.drive('camera', RIGHT, 'page');
  expect(said[0]).toMatchObject({ pan: expect.closeTo(0.014, 3) });
  await desk.home('camera');
  expect(said.at(-1)).toEqual({ type: 'move-to', panDeg: 0, tiltDeg: 0, zoom: 1, speed: 0.35 });

  desk.setSettings('camera', { ...USUAL_SETTINGS, onAirMoves: 'refuse' });
  said.length = 0;
  expect(() => desk.drive('camera', RIGHT, 'page')).toThrow(/stand still on air/);
  await expect(desk.recall('camera', '1')).rejects.toMatchObject({ code: 'camera_on_air', status: 409 });
  desk.drive('camera', STILL, 'page');
  expect(said).toEqual(['stop']);
  desk.driveByItself('camera', RIGHT);
  expect(new Set(said)).toEqual(new Set(['stop']));
  expect(desk.standsOnAir('camera')).toBe(true);
  room.onAir = [];
  await desk.recall('camera', '1');
  expect(said.at(-1)).toEqual({ type: 'preset-recall', preset: '1' });
});

it('keeps inside the limits', async () => {
  const { desk, said, at } = deskWith({ limits: { minPanDeg: -20, maxPanDeg: 20, minTiltDeg: -10, maxTiltDeg: 10 } });
  desk.drive('camera', RIGHT, 'page');
  expect(said.at(-1)).toMatchObject({ pan: 0.5 });
  at.panDeg = 20;
  vi.advanceTimersByTime(40);
  expect(said.at(-1)).toMatchObject({ pan: 0 });
  await desk.centre('camera', { x: 0, y: 0.5 });
  expect(said.at(-1)).toMatchObject({ type: 'move-by', panDeg: expect.closeTo(-30, 3), tiltDeg: expect.closeTo(0, 3), speed: 1 });
  at.panDeg = -10;
  await desk.centre('camera', { x: 0, y: 0.5 });
  expect(said.at(-1)).toMatchObject({ panDeg: expect.closeTo(-10, 3) });
  expect(() => desk.setSettings('camera', { ...USUAL_SETTINGS, limits: { minPanDeg: 5, maxPanDeg: 5, minTiltDeg: -1, maxTiltDeg: 1 } })).toThrow(/left of/);
});

it('parks a camera that nobody needs, once, and not around a class', async () => {
  const { desk, said, room } = deskWith({ parking: { preset: '1', afterMinutes: 10 } });
  const pass = async (minutes: number): Promise<void> => {
    await vi.advanceTimersByTimeAsync(minutes * MINUTE);
    desk.tick();
    await vi.advanceTimersByTimeAsync(1);
  };
  room.near = true;
  await pass(11);
  expect(said).toEqual([]);
  room.near = false;
  await pass(9);
  expect(said).toEqual([]);
  await pass(1);
  await pass(5);
  expect(said).toEqual([{ type: 'preset-recall', preset: '1' }]);
  await desk.home('camera');
  await pass(10);
  expect(said).toHaveLength(3);
});

it('offers and does what the camera can, in plain words', async () => {
  const { desk, said } = deskWith();
  expect(desk.states()[0]?.can).toEqual(['focus-now']);
  await desk.care('camera', 'focus-now');
  expect(said).toEqual([{ type: 'focus', mode: 'one-push' }]);
  await expect(desk.care('camera', 'brighter')).rejects.toMatchObject({ code: 'camera_cannot' });
});
