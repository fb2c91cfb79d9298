import { expect, it } from 'vitest';
import { STATE } from '../campus/testing/box.ts';
import type { HealthReport } from '../contract/enrolment.ts';
import { createBoxes, type Box } from './boxes.ts';
import { openFleetDatabase } from './database.ts';
import { createRooms } from './rooms.ts';

const MINUTE = 60_000;
const reportAt = (ms: number): HealthReport => ({
  at: new Date(ms).toISOString(), version: '1', state: STATE, machine: { cpuPercent: 1, memoryFreeBytes: 1, diskFreeBytes: 1, temperatureC: null, uptimeSeconds: 1 },
});

it('shows of a room’s past what a page of it shows, and not the whole week each time', () => {
  const db = openFleetDatabase(':memory:');
  createRooms(db).put('r1', 'One', null);
  const boxes = createBoxes(db);
  boxes.add({ box: 'b', room: 'r1', serial: 's', model: 'm', claimedAtMs: 0 }, { certificatePem: '', expiresAtMs: 1 });
  const box = boxes.get('b') as Box & { room: string };
  for (let minute = 0; minute < 500; minute++) boxes.report(box, reportAt(minute * MINUTE), minute * MINUTE);
  const shown = boxes.history('r1').map(({ at }) => Date.parse(at) / MINUTE);
  expect([shown.length, shown[0], shown.at(-1)]).toEqual([400, 100, 499]);
  db.close();
});

it('knows which boxes were revoked a while ago, and no others', () => {
  const db = openFleetDatabase(':memory:');
  const boxes = createBoxes(db);
  for (const [box, revokedAtMs] of [['a', 5], ['b', 10], ['c', null]] as const) {
    createRooms(db).put(box, box, null);
    boxes.add({ box, room: box, serial: box, model: 'm', claimedAtMs: 0 }, { certificatePem: '', expiresAtMs: 1 });
    if (revokedAtMs !== null) boxes.revoke(box, revokedAtMs);
  }
  expect(boxes.revokedSince(5)).toEqual([{ box: 'b', revokedAtMs: 10 }]);
  db.close();
});

it('knows where the same machine stood before, the newest first and each once', () => {
  const db = openFleetDatabase(':memory:');
  const boxes = createBoxes(db);
  const stood: readonly (readonly [box: string, room: string, serial: string])[] = [['a', 'r1', 's'], ['b', 'r2', 's'], ['c', 'r1', 's'], ['d', 'r3', 'other']];
  for (const [at, [box, room, serial]] of stood.entries()) {
    createRooms(db).put(room, room, null);
    boxes.add({ box, room, serial, model: 'm', claimedAtMs: at }, { certificatePem: '', expiresAtMs: 1 });
    boxes.revoke(box, at + 1);
  }
  const machine = { box: 'now', serial: 's' };
  expect(boxes.earlierRooms(machine, 10)).toEqual(['r1', 'r2']);
  expect(boxes.earlierRooms({ box: 'now', serial: 'new' }, 10)).toEqual([]);
  expect(boxes.earlierRooms(machine, 200 * 86_400_000)).toEqual([]);
  // Somebody else says that it is this machine.
  boxes.add({ box: 'clone', room: 'r2', serial: 's', model: 'm', claimedAtMs: 9 }, { certificatePem: '', expiresAtMs: 1 });
  expect(boxes.earlierRooms(machine, 10)).toEqual([]);
  db.close();
});
