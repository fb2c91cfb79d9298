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
  const rooms = [['Room', false], ['Room 1', true], ['Room 1', true], ['Room 1', false], ['Room 1', true]] as const;
  expect(rooms.map(([name, alwaysOpen]) => catalogue.putRoom({ room: 'room-1', name, alwaysOpen }))).toEqual([true, true, false, true, true]);
  const courses = [COURSE, COURSE, { ...COURSE, endsAtMs: 5 }, { ...COURSE, endsAtMs: 5 }, { ...COURSE, endsAtMs: 6 }, COURSE, { ...COURSE, buyUrl: 'https://other.test/' }, COURSE];
  expect(courses.map((course) => catalogue.putCourse(course))).toEqual([true, false, true, false, true, true, true, true]);
  expect(['Amy', 'Amy', 'Ami'].map((name) => sqliteSessions(db).putAccount({ account: 'amy', name, email: 'amy@school.test' }))).toEqual([true, false, true]);
  sqliteSessions(db).putAccount({ account: 'amy', name: 'Amy', email: 'amy@school.test' });
  const tickets = sqliteTickets(db, catalogue);
  expect([tickets.grant('amy', 'maths', 1), tickets.grant('amy', 'maths', 2)]).toEqual([true, false]);
  db.close();
  db = openDatabase(folder);
  const again = sqliteTickets(db, sqliteCatalogue(db));
  expect([again.rooms('amy'), again.rooms('ben')]).toEqual([['room-1'], []]);
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
  expect(['once', 'again', 'never'].map((hash) => links.isReusable(hash, nowMs))).toEqual([false, true, false]);
  expect(links.isReusable('again', nowMs + 1000)).toBe(false);
  expect([links.redeem('once', nowMs), links.redeem('once', nowMs)]).toEqual(['amy', null]);
  expect([links.redeem('again', nowMs), links.redeem('again', nowMs), links.redeem('again', nowMs + 1000)]).toEqual(['amy', 'amy', null]);
});

it('reads a room\'s courses once, and again when one came, changed or moved', () => {
  const catalogue = sqliteCatalogue(db);
  for (const room of ['room-1', 'room-2']) catalogue.putRoom({ room, name: 'Room', alwaysOpen: false });
  const held = () => ['room-1', 'room-2'].map((room) => catalogue.courses(room).map(({ title }) => title));
  expect(held()).toEqual([[], []]);
  catalogue.putCourse(COURSE);
  expect([held(), catalogue.courses('room-1') === catalogue.courses('room-1')]).toEqual([[['Maths'], []], true]);
  catalogue.putCourse({ ...COURSE, room: 'room-2', title: 'Number theory' });
  expect(held()).toEqual([[], ['Number theory']]);
});

it('lists what was not over by then, soonest first, and a course without times last', () => {
  const catalogue = sqliteCatalogue(db);
  catalogue.putRoom({ room: 'room-1', name: 'Room', alwaysOpen: false });
  for (const [course, startsAtMs, endsAtMs] of [['past', 1, 5], ['ends', 2, 6], ['next', 8, 9], ['always', null, null]] as const) catalogue.putCourse({ ...COURSE, course, startsAtMs, endsAtMs });
  expect(catalogue.notOverBy(5).map(({ course }) => course)).toEqual(['ends', 'next', 'always']);
});

it('prolongs a session that is soon over, and no other', () => {
  const nowMs = Date.now();
  const sessions = sqliteSessions(db);
  sessions.putAccount({ account: 'amy', name: 'Amy', email: 'amy@school.test' });
  for (const [hash, leftMs] of [['soon', 999], ['later', 1_000]] as const) sessions.open({ hash, account: 'amy', expiresAtMs: nowMs + leftMs });
  expect(['soon', 'later', 'unknown'].map((hash) => sessions.prolong(hash, { beforeMs: nowMs + 1_000, untilMs: nowMs + 2_000 }))).toEqual([true, false, false]);
  expect(['soon', 'later'].map((hash) => sessions.find(hash, nowMs + 1_999)?.account)).toEqual(['amy', undefined]);
  db.pragma('query_only = ON');
  expect(sessions.prolong('soon', { beforeMs: nowMs + 3_000, untilMs: nowMs + 4_000 })).toBe(false);
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
