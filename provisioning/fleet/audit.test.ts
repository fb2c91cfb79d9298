import { expect, it } from 'vitest';
import { createAudit } from './audit.ts';
import { openFleetDatabase } from './database.ts';
import { createRooms } from './rooms.ts';

it('keeps no change without its record, and no record of what was not changed', () => {
  const db = openFleetDatabase(':memory:');
  const [rooms, audit] = [createRooms(db), createAudit(db, () => 0)];
  const put = (change: () => void) => audit.change({ who: 'ann@school.test', action: 'room.put', subject: 'r1' }, change);
  put(() => rooms.put('r1', 'One', null));
  expect(() =>
    put(() => {
      throw new Error('refused');
    }),
  ).toThrow('refused');
  db.exec("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END");
  expect(() => put(() => rooms.remove('r1'))).toThrow('full');
  expect(rooms.all().map(({ room }) => room)).toEqual(['r1']);
  expect(audit.newest(10)).toEqual([{ at: '1970-01-01T00:00:00.000Z', who: 'ann@school.test', action: 'room.put', subject: 'r1', detail: '' }]);
  db.close();
});
