import { createLog } from '#kit/process/log.ts';
import { expect, it } from 'vitest';
import type { CameraCommand, PtzCamera } from '../cameras/ptz-camera.ts';
import { tallyDue, TallyLights } from './tally.ts';

const log = createLog('test');
log.level = 'silent';

it.each([
  [null, true, 10_000, 'program'],
  [null, false, 10_000, 'off'],
  ['program', true, 10_000, null],
  ['program', false, 10_000, 'off'],
  ['off', true, 1_999, null],
] as const)('shown %s, on air %s, %d ms after the last try: %s', (shown, onAir, nowMs, due) => {
  expect(tallyDue({ shown, triedAtMs: 0 }, onAir, nowMs)).toBe(due);
});

it('follows the program, asks a camera without a light nothing, and tells one that was away anew', async () => {
  const said: CameraCommand[] = [];
  const link = { now: 'ok' };
  const head = (tallyStates: string[]) => ({ status: () => ({ link: link.now }), capabilities: () => ({ tallyStates }), execute: async (command: CameraCommand) => void said.push(command) }) as unknown as PtzCamera;
  const lights = new TallyLights([{ id: 'a', head: head(['off', 'program']) }, { id: 'b', head: head([]) }], log);
  const tick = async (onAir: string[], nowMs: number): Promise<void> => {
    lights.tick(onAir, nowMs);
    await Promise.resolve();
    await Promise.resolve();
  };
  await tick([], 0);
  await tick(['a', 'b'], 200);
  await tick(['a', 'b'], 400);
  await tick([], 600);
  link.now = 'lost';
  await tick([], 800);
  link.now = 'ok';
  await tick([], 1_000);
  expect(said.map((command) => (command.type === 'tally' ? command.state : command.type))).toEqual(['off', 'program', 'off', 'off']);
});
