import { expect, it } from 'vitest';
import { hashPassword } from '#kit/process/secrets.ts';
import { openFleetDatabase } from './database.ts';
import { createUsers } from './users.ts';

it('lets in nobody whom the configuration no longer names, and ends the sessions of who was given a new password', async () => {
  const db = openFleetDatabase(':memory:');
  const users = createUsers(db, () => 0);
  const [first, second] = [await hashPassword('first'), await hashPassword('second')];
  users.keepOnly([{ email: 'Ann@school.test', role: 'admin', passwordHash: first }, { email: 'ben@school.test', role: 'support', passwordHash: first }]);
  const [ann, ben] = [users.openSession('ann@school.test').token, users.openSession('ben@school.test').token];
  // A start with the same configuration signs nobody out.
  users.keepOnly([{ email: 'ann@school.test', role: 'admin', passwordHash: first }, { email: 'ben@school.test', role: 'support', passwordHash: second }]);
  expect([users.person(ann)?.role, users.person(ben)]).toEqual(['admin', null]);
  users.keepOnly([{ email: 'ben@school.test', role: 'admin', passwordHash: second }]);
  expect([users.person(ann), await users.check('ann@school.test', 'first'), await users.check('ben@school.test', 'second')]).toEqual([null, null, 'admin']);
  db.close();
});
