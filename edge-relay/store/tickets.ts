import type { CatalogueStore, TicketStore } from '../access/ports.ts';
import { type Db, writing } from './database.ts';

/** Who holds a ticket for which course. */
export function sqliteTickets(db: Db, catalogue: CatalogueStore): TicketStore {
  const grant = db.prepare('INSERT INTO tickets VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const revoke = db.prepare('DELETE FROM tickets WHERE account = ? AND course = ?');
  const held = db.prepare<[string], string>('SELECT course FROM tickets WHERE account = ?').pluck();
  const rooms = db.prepare<[string], string>('SELECT DISTINCT room FROM tickets JOIN courses USING (course) WHERE account = ? ORDER BY room').pluck();
  const tickets = (account: string): ReadonlySet<string> => new Set(held.all(account));
  return {
    grant: (account, course, nowMs) => writing(() => grant.run(account, course, nowMs).changes > 0),
    revoke: (account, course) => writing(() => revoke.run(account, course).changes > 0),
    held: tickets,
    rooms: (account) => rooms.all(account),
    accessOf: (account, name) => {
      const room = catalogue.room(name);
      return room === null ? null : { room, courses: catalogue.courses(name), tickets: tickets(account) };
    },
  };
}
