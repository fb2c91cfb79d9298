import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sqliteAudit } from './audit.ts';
import { sqliteCatalogue } from './catalogue.ts';
import { type Db, openDatabase } from './database.ts';
import { sqliteSessions, sqliteSignInLinks } from './sessions.ts';
import { sqliteTickets } from './tickets.ts';

const COURSE = {
  course: 'maths', room: 'room-1', title: 'Maths', teacher: 'Ada', description: '', startsAtMs: null, endsAtMs: null,
  priceCents: 100, currency: 'EUR', buyUrl: 'https://shop.test/',
};
let folder = '';
let db: Db;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edge-store-'));
  db = openDatabase(folder);
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

it('keeps rooms, courses and tickets over a restart, and takes each PUT twice', () => {
  const catalogue = sqliteCatalogue(db);
  catalogue.putRoom({ room: 'room-1', name: 'Room', alwaysOpen: false });
  catalogue.putRoom({ room: 'room-1', name: 'Room 1', alwaysOpen: true });
  catalogue.putCourse(COURSE);
  catalogue.putCourse(COURSE);
  sqliteSessions(db).putAccount({ account: 'amy', name: 'Amy', email: 'amy@school.test' });
  const tickets = sqliteTickets(db, catalogue);
  expect([tickets.grant('amy', 'maths', 1), tickets.grant('amy', 'maths', 2)]).toEqual([true, false]);
  db.close();
  db = openDatabase(folder);
  const again = sqliteTickets(db, sqliteCatalogue(db));
  expect(again.accessOf('amy', 'room-1')).toEqual({
    room: { room: 'room-1', name: 'Room 1', alwaysOpen: true }, courses: [COURSE], tickets: new Set(['maths']),
  });
  expect([again.revoke('amy', 'maths'), again.revoke('amy', 'maths')]).toEqual([true, false]);
  expect(again.accessOf('amy', 'nowhere')).toBeNull();
});

it('redeems a sign-in link once, a reusable one until it expires', () => {
  const nowMs = Date.now();
  sqliteSessions(db).putAccount({ account: 'amy', name: 'Amy', email: 'amy@school.test' });
  const links = sqliteSignInLinks(db);
  links.add({ hash: 'once', account: 'amy', expiresAtMs: nowMs + 1000, reusable: false });
  links.add({ hash: 'again', account: 'amy', expiresAtMs: nowMs + 1000, reusable: true });
  expect([links.redeem('once', nowMs), links.redeem('once', nowMs)]).toEqual(['amy', null]);
  expect([links.redeem('again', nowMs), links.redeem('again', nowMs), links.redeem('again', nowMs + 1000)]).toEqual(['amy', 'amy', null]);
});

it('forgets a session when it expires or is closed', () => {
  const nowMs = Date.now();
  const sessions = sqliteSessions(db);
  sessions.putAccount({ account: 'amy', name: 'Amy', email: 'amy@school.test' });
  sessions.open({ hash: 'h', account: 'amy', expiresAtMs: nowMs + 1000 });
  expect(sessions.find('h', nowMs)).toEqual({ account: 'amy', name: 'Amy' });
  expect(sessions.find('h', nowMs + 1000)).toBeNull();
  sessions.close('h');
  expect(sessions.find('h', nowMs)).toBeNull();
});

it('keeps an audit', () => {
  sqliteAudit(db).record({ atMs: 5, actor: 'campus', action: 'PUT', subject: '/api/admin/rooms/room-1' });
  expect(db.prepare('SELECT at_ms, actor, action, subject FROM audit').all()).toEqual([
    { at_ms: 5, actor: 'campus', action: 'PUT', subject: '/api/admin/rooms/room-1' },
  ]);
});
