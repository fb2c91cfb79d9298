import { pino } from 'pino';
import { expect, it } from 'vitest';
import { createHttp } from '#kit/process/http.ts';
import { createMetrics } from '#kit/process/metrics.ts';
import { createTokenKeys } from '#kit/process/tokens.ts';
import { createBoxes } from '../boxes.ts';
import { openFleetDatabase } from '../database.ts';
import type { Enrolments } from '../enrolments.ts';
import { createRooms } from '../rooms.ts';
import { addBoxRoutes } from './box-routes.ts';

it('tells a box its room and its tokens though nothing can be written, and does not take that for a report', async () => {
  const db = openFleetDatabase(':memory:');
  const [rooms, boxes] = [createRooms(db), createBoxes(db)];
  rooms.put('r1', 'One', null);
  boxes.add({ box: 'b', room: 'r1', serial: 's', model: 'm', claimedAtMs: 0 }, { certificatePem: '', expiresAtMs: 1 });
  const http = await createHttp({
    name: 'test', log: pino({ level: 'silent' }), health: () => ({ ok: true, reasons: [] }), metrics: createMetrics('test'),
    authorise: (_access, request) => {
      request.principal = boxes.get('b');
    },
  });
  const edge = { url: 'http://edge.test', apiUrl: 'http://edge.test', whip: 'w', whep: 'w', rtmp: 'r' };
  addBoxRoutes(http, {
    rooms, boxes, enrolments: {} as Enrolments, authority: { keyPem: '', certificatePem: '' }, places: { publicUrl: 'http://c', boxUrl: 'https://c', edge },
    tokenKeyPem: createTokenKeys().privateKeyPem, now: () => 1_000,
  });
  db.pragma('query_only = ON');
  const [room, tokens] = [await http.inject('/box/config'), await http.inject({ method: 'POST', url: '/box/tokens' })];
  expect([room.statusCode, tokens.statusCode, boxes.get('b')?.lastSeenAtMs]).toEqual([200, 200, null]);
  db.close();
});
