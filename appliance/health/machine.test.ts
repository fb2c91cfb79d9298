import { EventEmitter } from 'node:events';
import { afterEach, expect, it, vi } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import { Machine } from './machine.ts';
import type { MachineFigures } from './machine-figures.ts';

const log = createLog('test');
log.level = 'silent';
const figures: MachineFigures = {
  cpuPercent: 99, memoryFreeBytes: 1, memoryTotalBytes: 2, diskFreeBytes: 3, temperatureC: 98, uptimeSeconds: 1, diskBusyPercent: 0, diskErrors: 0, networkErrors: 0,
  throttled: 0, clockErrorMs: null,
};
const child = new EventEmitter();
vi.mock(import('#kit/process/child.ts'), async (original) => ({ ...(await original()), forkTs: vi.fn(() => ({ process: child, exited: Promise.resolve({}) }) as never) }));
afterEach(() => vi.useRealTimers());

it('forgets the figures of a child that told none for two minutes', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const machine = new Machine('/', log);
  await machine.run(new AbortController().signal);
  expect(machine.figures).toBeNull();
  child.emit('message', figures);
  vi.advanceTimersByTime(119_000);
  expect(machine.figures).toEqual(figures);
  vi.advanceTimersByTime(2_000);
  expect(machine.figures).toBeNull();
});
