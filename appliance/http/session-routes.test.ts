import { expect, it } from 'vitest';
import { manualClock } from '#kit/media/clock.ts';
import { createHttp } from '#kit/process/http.ts';
import { createLog } from '#kit/process/log.ts';
import { createMetrics } from '#kit/process/metrics.ts';
import { PanelAccess } from '../access/panel-access.ts';
import { openDatabase } from '../store/database.ts';
import { RoomMemory } from '../store/room-memory.ts';
import { authoriser } from './authorise.ts';
import { sessionRoutes } from './session-routes.ts';

const log = createLog('test');
log.level = 'silent';

it('writes down who guesses, and not each time that he is told to wait', async () => {
  const clock = manualClock(1_700_000_000_000);
  const memory = new RoomMemory(openDatabase(':memory:'), 'no PIN is right');
  const access = new PanelAccess(memory, '', clock);
  const written: string[] = [];
  const http = await createHttp({ name: 'appliance', log, authorise: authoriser(access, []), health: () => ({ ok: true, reasons: [] }), metrics: createMetrics('test') });
  sessionRoutes(http, { access, settings: { get: () => memory.settings(), set: () => undefined }, audit: (_who, what) => void written.push(what) });
  const tries = async (count: number): Promise<void> => {
    for (; count > 0; count -= 1) await http.inject({ method: 'POST', url: '/api/session', headers: { host: '127.0.0.1' }, payload: { pin: '0000' } });
  };
  await tries(200);
  expect(written).toEqual([...Array.from({ length: 5 }, () => 'wrong-pin'), 'too-many-tries']);
  clock.advanceMs(10_000);
  await tries(50);
  expect(written.slice(6)).toEqual(['wrong-pin', 'too-many-tries']);
  await http.close();
});
