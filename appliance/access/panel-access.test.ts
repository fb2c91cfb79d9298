import { beforeEach, expect, it } from 'vitest';
import { manualClock, type ManualClock } from '#kit/media/clock.ts';
import { hashPassword } from '#kit/process/secrets.ts';
import { openDatabase } from '../store/database.ts';
import { RoomMemory } from '../store/room-memory.ts';
import { PanelAccess } from './panel-access.ts';

const HOUR = 3_600_000;
const NOW = 1_700_000_000_000;
let memory: RoomMemory;
let clock: ManualClock;
let access: PanelAccess;

beforeEach(async () => {
  memory = new RoomMemory(openDatabase(':memory:'), await hashPassword('2468'));
  clock = manualClock(NOW);
  access = new PanelAccess(memory, '', clock);
});

it('opens the room for an hour, and no longer where the clock is set back', async () => {
  const { token } = await access.openSession('2468', 'a');
  expect(access.principalOf(token)).toEqual({ kind: 'pin' });
  const restarted = (nowMs: number): PanelAccess => new PanelAccess(memory, '', manualClock(nowMs));
  expect([restarted(NOW + HOUR).principalOf(token), restarted(NOW - 8 * HOUR).principalOf(token)]).toEqual([null, null]);
}, 20_000);

it('throws nobody out by a second sign-in, on a box that still has yesterday’s time', async () => {
  const first = await access.openSession('2468', 'a');
  clock.advanceMs(60_000);
  await access.openSession('2468', 'b');
  expect(access.principalOf(first.token)).toEqual({ kind: 'pin' });
}, 20_000);

it('opens nothing to a PIN that was changed while it was looked at', async () => {
  const asking = access.openSession('2468', 'a');
  memory.setPinHash('another');
  await expect(asking).rejects.toMatchObject({ code: 'wrong_pin', status: 401 });
}, 20_000);
