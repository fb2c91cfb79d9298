import { CodedError } from '#kit/process/errors.ts';
import { createLog } from '#kit/process/log.ts';
import { expect, it, vi } from 'vitest';
import type { CameraCommand, PtzCamera } from '../ptz-camera.ts';
import type { Position } from './limits.ts';
import { PresetKeeper } from './preset-keeper.ts';

const log = createLog('test');
log.level = 'silent';
const at = (panDeg: number): Position => ({ panDeg, tiltDeg: 0, zoom: 1 });

/** A head that takes a few looks to arrive, with a memory of its own that can be wiped. */
function roomWith(empty: 'refused' | 'ignored') {
  const memory = new Map<string, Position>();
  const remembered = new Map<string, Position>();
  const said: CameraCommand[] = [];
  let place = at(0);
  let goal = at(0);
  let looks = 0;
  const go = (to: Position): void => {
    goal = to;
    looks = 3;
  };
  const status = () => {
    if (looks > 0 && --looks === 0) place = goal;
    return { ...place, link: 'ok', moving: looks > 0, advice: '' };
  };
  const execute = async (command: CameraCommand): Promise<void> => {
    said.push(command);
    if (command.type === 'preset-save') memory.set(command.preset, place);
    if (command.type === 'move-to') go({ ...place, panDeg: command.panDeg });
    if (command.type !== 'preset-recall') return;
    const saved = memory.get(command.preset);
    if (saved === undefined && empty === 'refused') throw new CodedError('camera_refused', 'Not executable.', { status: 409 });
    go(saved ?? place);
  };
  const head = { status, execute, capabilities: () => ({ commands: ['move-to'] }) } as unknown as PtzCamera;
  const positions = {
    position: (_camera: string, preset: string) => remembered.get(preset) ?? null,
    setPosition: (_camera: string, preset: string, position: Position) => void remembered.set(preset, position),
  };
  const keeper = new PresetKeeper({ camera: 'camera', head, positions, limits: () => null, log });
  const stand = (panDeg: number): void => void ((place = at(panDeg)), (goal = place));
  return { keeper, memory, remembered, said, stand, where: () => status().panDeg };
}

it.each(['refused', 'ignored'] as const)('puts a view back that the camera has lost, and that an empty memory is %s', async (empty) => {
  const { keeper, memory, stand, where } = roomWith(empty);
  stand(25);
  await keeper.save('3', 'Board');
  memory.clear();
  stand(-10);
  await keeper.recall('3', { smooth: false });
  await vi.waitFor(() => expect(memory.get('3')).toEqual(at(25)), { timeout: 20_000 });
  expect(where()).toBe(25);
});

it('learns of a view that was saved anew with the camera’s own remote control', async () => {
  const { keeper, memory, remembered, stand } = roomWith('refused');
  stand(25);
  await keeper.save('3', 'Board');
  memory.set('3', at(40));
  await keeper.recall('3', { smooth: false });
  await vi.waitFor(() => expect(remembered.get('3')).toEqual(at(40)), { timeout: 20_000 });
});

it('does not put back what somebody has moved away from meanwhile', async () => {
  const { keeper, memory, said, stand } = roomWith('refused');
  stand(25);
  await keeper.save('3', 'Board');
  memory.clear();
  await keeper.recall('3', { smooth: false });
  keeper.forget();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(said.filter(({ type }) => type === 'preset-save')).toHaveLength(1);
  expect(memory.size).toBe(0);
});

it('goes there gently by its own memory, and only by the camera’s where it never saw the view', async () => {
  const { keeper, said, stand, memory } = roomWith('refused');
  stand(25);
  await keeper.save('3', 'Board');
  await keeper.recall('3', { smooth: true });
  expect(said.at(-1)).toEqual({ type: 'move-to', panDeg: 25, tiltDeg: 0, zoom: 1, speed: 0.35 });
  memory.set('4', at(-5));
  await keeper.recall('4', { smooth: true });
  expect(said.at(-1)).toEqual({ type: 'preset-recall', preset: '4' });
});
