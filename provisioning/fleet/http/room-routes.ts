import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import { BoxParams, FleetRoom, RoomParams, RoomPut, Timetable } from '../../contract/console.ts';
import { callerOf } from '../access.ts';
import type { AuditLog } from '../audit.ts';
import { roomHasBox, type Boxes } from '../boxes.ts';
import type { Clock } from '../clock.ts';
import { fleetRoomOf } from '../fleet-view.ts';
import type { Room, Rooms } from '../rooms.ts';
import { orderedTimetable } from '../timetable.ts';

export interface RoomRouteDeps {
  readonly rooms: Rooms;
  readonly boxes: Boxes;
  readonly audit: AuditLog;
  readonly now: Clock;
  /** Ends the connections of a box that was just revoked. */
  readonly disconnect: (box: string) => void;
}

/** Rooms, their timetables, and the box that leaves a room. */
export function addRoomRoutes(http: Http, deps: RoomRouteDeps): void {
  const { rooms, boxes, audit, now } = deps;
  http.put('/api/rooms/:room', { config: { access: 'admin' }, schema: { params: RoomParams, body: RoomPut, response: { 200: FleetRoom } } }, async (request) => {
    const { room } = request.params;
    const { name, alwaysOpen = null } = request.body;
    audit.change({ who: callerOf(request).email, action: 'room.put', subject: room, detail: name }, () => rooms.put(room, name, alwaysOpen));
    return fleetRoomOf(existing(rooms, room), boxes.ofRoom(room), now());
  });
  http.delete('/api/rooms/:room', { config: { access: 'admin' }, schema: { params: RoomParams } }, async (request, reply) => {
    const { room } = existing(rooms, request.params.room);
    if (boxes.ofRoom(room)) throw roomHasBox(room);
    audit.change({ who: callerOf(request).email, action: 'room.remove', subject: room }, () => rooms.remove(room));
    return reply.code(204).send();
  });
  http.get('/api/rooms/:room/timetable', { config: { access: 'session' }, schema: { params: RoomParams, response: { 200: Timetable } } }, async (request) => {
    return { timetable: [...existing(rooms, request.params.room).timetable] };
  });
  http.put(
    '/api/rooms/:room/timetable',
    { config: { access: 'admin' }, bodyLimit: 4 * 1024 * 1024, schema: { params: RoomParams, body: Timetable, response: { 200: Timetable } } },
    async (request) => {
      const { room } = existing(rooms, request.params.room);
      const timetable = orderedTimetable(request.body.timetable);
      const act = { who: callerOf(request).email, action: 'timetable.put', subject: room, detail: `${timetable.length} classes` };
      audit.change(act, () => rooms.setTimetable(room, timetable));
      return { timetable };
    },
  );
  http.delete('/api/boxes/:box', { config: { access: 'admin' }, schema: { params: BoxParams } }, async (request, reply) => {
    const box = boxes.get(request.params.box);
    if (!box) throw new CodedError('unknown_box', 'There is no such box.', { status: 404 });
    if (box.revokedAtMs === null) {
      const act = { who: callerOf(request).email, action: 'box.revoke', subject: box.box, detail: box.room ?? '' };
      audit.change(act, () => boxes.revoke(box.box, now()));
      deps.disconnect(box.box);
    }
    return reply.code(204).send();
  });
}

export function existing(rooms: Rooms, room: string): Room {
  const found = rooms.get(room);
  if (!found) throw new CodedError('unknown_room', `There is no room ${room}.`, { status: 404 });
  return found;
}
