import { afterEach, expect, it, vi } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import { openDatabase } from '../store/database.ts';
import { type Heartbeat, RoomSchedule } from './room-schedule.ts';

const log = createLog('test');
log.level = 'silent';

afterEach(() => vi.useRealTimers());

it('writes the class’s time down every five seconds of it, and waits for no disk', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const kept: Heartbeat[] = [];
  const disk = Promise.withResolvers<void>();
  const schedule = new RoomSchedule({
    config: {}, leadMinutes: undefined, db: openDatabase(':memory:'), room: () => null, networkOffsetMs: () => null, log,
    heartbeat: null,
    keepHeartbeat: async (beat) => {
      kept.push(beat);
      await disk.promise;
    },
  });
  schedule.tick(false);
  expect(kept).toHaveLength(0);
  for (let second = 0; second < 30; second += 1) {
    schedule.tick(true);
    vi.advanceTimersByTime(1_000);
  }
  expect(kept).toHaveLength(1);
  disk.reject(new Error('no space left on device'));
  await vi.waitFor(() => {
    schedule.tick(true);
    expect(kept).toHaveLength(2);
  });
});
