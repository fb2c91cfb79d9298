import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { FramingRequest, FramingState } from '../contract/cameras.ts';
import { CameraDesk } from './camera-desk.ts';
import type { CameraOperator } from './operator.ts';
import type { PtzCamera, Velocity } from './ptz-camera.ts';

const RIGHT: Velocity = { pan: 1, tilt: 0, zoom: 0 };
const LEFT: Velocity = { pan: -1, tilt: 0, zoom: 0 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function deskWithOperator() {
  const said: (Velocity | 'stop')[] = [];
  const asked: (FramingRequest | 'touched')[] = [];
  const head = { drive: (velocity: Velocity) => said.push(velocity), stop: () => said.push('stop'), status: () => ({ link: 'ok' }) } as unknown as PtzCamera;
  const desk = new CameraDesk([{ id: 'camera', name: 'Camera', head, presets: {} }], { list: () => [], name: () => undefined });
  const framing: FramingState = { mode: 'follow', state: 'following', reason: '', zone: null };
  const operator: CameraOperator = { state: () => framing, frame: (request) => asked.push(request), touched: () => asked.push('touched') };
  return { desk, operator, said, asked, framing };
}

it('lets a person take the camera from the automatic operator, and gives it back when they let go', () => {
  const { desk, operator, said, asked } = deskWithOperator();
  desk.operate('camera', operator);
  expect(desk.driveByItself('camera', LEFT)).toBe(true);
  desk.drive('camera', RIGHT, 'page');
  expect(asked).toEqual(['touched']);
  expect(desk.driveByItself('camera', LEFT)).toBe(false);
  expect(said).toEqual([LEFT, RIGHT]);
  vi.advanceTimersByTime(300);
  expect(said.at(-1)).toBe('stop');
  expect(desk.driveByItself('camera', LEFT)).toBe(true);
});

it('stops what the automatic operator drove when its commands stop', () => {
  const { desk, operator, said } = deskWithOperator();
  desk.operate('camera', operator);
  desk.driveByItself('camera', LEFT);
  vi.advanceTimersByTime(300);
  expect(said).toEqual([LEFT, 'stop']);
});

it('hands a mode on to the operator, and says so where there is none', () => {
  const { desk, operator, asked, framing } = deskWithOperator();
  expect(() => desk.frame('camera', { mode: 'follow' })).toThrow(/automatic operator/);
  expect(desk.states()[0]?.framing).toBeUndefined();
  desk.operate('camera', operator);
  desk.frame('camera', { mode: 'off' });
  expect(asked).toEqual([{ mode: 'off' }]);
  expect(desk.states()[0]?.framing).toEqual(framing);
});
