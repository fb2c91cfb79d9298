import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHttp, type Http } from '#kit/process/http.ts';
import { createMetrics } from '#kit/process/metrics.ts';
import { Entitlements } from '../access/entitlements.ts';
import { Students } from '../access/students.ts';
import { sqliteAudit } from '../store/audit.ts';
import { sqliteCatalogue } from '../store/catalogue.ts';
import { type Db, openDatabase } from '../store/database.ts';
import { sqliteSessions, sqliteSignInLinks } from '../store/sessions.ts';
import { sqliteTickets } from '../store/tickets.ts';
import { RevokedKeys } from '../access/revoked-keys.ts';
import { COURSE } from '../testing/edge.ts';
import { adminRoutes } from './admin-routes.ts';

const folder = mkdtempSync(join(tmpdir(), 'edge-admin-'));
let db: Db;
let http: Http;

beforeAll(async () => {
  db = openDatabase(folder);
  const catalogue = sqliteCatalogue(db);
  const tickets = sqliteTickets(db, catalogue);
  const sessions = sqliteSessions(db);
  const now = Date.now;
  http = await createHttp({
    name: 'admin-test', log: pino({ level: 'silent' }), health: () => ({ ok: true, reasons: [] }), metrics: createMetrics('admin-test'),
    authorise: (_access, request) => void (request.principal = { kind: 'admin', actor: 'campus' }),
  });
  adminRoutes(http, { catalogue, tickets, sessions, students: new Students(sessions, sqliteSignInLinks(db), now), entitlements: new Entitlements(tickets, now), revokedKeys: new RevokedKeys(), dismissPublisher: () => undefined, audit: sqliteAudit(db), publicUrl: 'https://live.test', now });
});
afterAll(async () => {
  await http.close();
  db.close();
  rmSync(folder, { recursive: true });
});

async function tell(method: 'PUT' | 'DELETE', path: string, body?: object): Promise<number> {
  return (await http.inject({ method, url: `/api/admin/${path}`, ...(body === undefined ? {} : { payload: body }) })).statusCode;
}

it('puts on record what changed something, and not what campus tells again every minute', async () => {
  const told: Parameters<typeof tell>[] = [
    ['PUT', 'rooms/room-1', { name: 'Room 1', alwaysOpen: false }],
    ['PUT', 'courses/light', COURSE],
    ['PUT', 'accounts/amy', { name: 'Amy', email: 'amy@school.test' }],
    ['PUT', 'tickets/amy/light'],
    ['PUT', 'publishers/box-1', { refusedUntil: '2030-01-01T00:00:00.000Z' }],
  ];
  for (let time = 0; time < 3; time += 1) for (const one of told) expect(await tell(...one)).toBe(204);
  expect(await tell('PUT', 'courses/light', { ...COURSE, title: 'Shade' })).toBe(204);
  expect(await tell('PUT', 'courses/light', { ...COURSE, room: 'nowhere' })).toBe(404);
  for (let time = 0; time < 2; time += 1) expect(await tell('DELETE', 'tickets/amy/light')).toBe(204);
  const recorded = db.prepare('SELECT action, subject FROM audit ORDER BY id').all() as { action: string; subject: string }[];
  expect(recorded.map(({ action, subject }) => `${action} ${subject.slice('/api/admin/'.length)}`)).toEqual([
    ...told.map(([method, path]) => `${method} ${path}`), 'PUT courses/light', 'DELETE tickets/amy/light',
  ]);
});
