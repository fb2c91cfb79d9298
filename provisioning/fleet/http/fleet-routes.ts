import type { Http } from '#kit/process/http.ts';
import { Fleet, FleetRoomDetail, RoomParams } from '../../contract/console.ts';
import { sessionTokenOf } from '../access.ts';
import type { Boxes } from '../boxes.ts';
import type { Clock } from '../clock.ts';
import type { FleetEvents } from '../fleet-events.ts';
import { fleetDetailOf, fleetOf } from '../fleet-view.ts';
import type { Rooms } from '../rooms.ts';
import type { Users } from '../users.ts';
import { existing } from './room-routes.ts';

export interface FleetRouteDeps {
  readonly rooms: Rooms;
  readonly boxes: Boxes;
  readonly events: FleetEvents;
  readonly users: Users;
  readonly now: Clock;
}

/** What the console's first page and a room's page show. */
export function addFleetRoutes(http: Http, { rooms, boxes, events, users, now }: FleetRouteDeps): void {
  const config = { access: 'session' };
  http.get('/api/fleet', { config, schema: { response: { 200: Fleet } } }, async () => fleetOf(rooms, boxes, now()));
  http.get('/api/fleet/events', { config, schema: { hide: true } }, (request, reply) => {
    const token = sessionTokenOf(request) ?? '';
    events.add(reply.raw, () => users.person(token) !== null);
    reply.hijack();
  });
  http.get('/api/fleet/:room', { config, schema: { params: RoomParams, response: { 200: FleetRoomDetail } } }, async (request) => {
    return fleetDetailOf(existing(rooms, request.params.room), boxes, now());
  });
}
