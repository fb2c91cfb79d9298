import type { Fleet, FleetRoom, FleetRoomDetail } from '../contract/console.ts';
import type { Box, Boxes } from './boxes.ts';
import { instant } from './clock.ts';
import { roomVerdict } from './room-verdict.ts';
import type { Room, Rooms } from './rooms.ts';
import { currentClass, nextClass, startOf } from './timetable.ts';

/** A box reports every 5 s: three missed reports and it counts as gone. */
const ONLINE_MS = 15_000;

/** A room as the console shows it. */
export function fleetRoomOf(room: Room, box: Box | null, nowMs: number): FleetRoom {
  const online = box?.lastSeenAtMs != null && nowMs - box.lastSeenAtMs < ONLINE_MS;
  const current = currentClass(room.timetable, nowMs);
  const next = nextClass(room.timetable, nowMs);
  const health = box?.health ?? null;
  const verdict = roomVerdict({
    nowMs, hasBox: box !== null, online, health, current, next,
    lastSeenAtMs: box?.lastSeenAtMs ?? null, certificateExpiresAtMs: box?.certificateExpiresAtMs ?? null,
  });
  return { room: room.room, name: room.name, alwaysOpen: room.alwaysOpen, box: box && shownBox(box, online), health, current, next, verdict };
}

function shownBox(box: Box, online: boolean): FleetRoom['box'] {
  const { box: id, serial, model, claimedAtMs, certificateExpiresAtMs, lastSeenAtMs } = box;
  const lastSeenAt = lastSeenAtMs === null ? null : instant(lastSeenAtMs);
  return { id, serial, model, claimedAt: instant(claimedAtMs), certificateExpiresAt: instant(certificateExpiresAtMs), online, lastSeenAt };
}

/** Which class today is at risk: rooms sorted by urgency, then by their next class. */
export function fleetOf(rooms: Rooms, boxes: Boxes, nowMs: number): Fleet {
  const shown = rooms.all().map((room) => fleetRoomOf(room, boxes.ofRoom(room.room), nowMs));
  return { at: instant(nowMs), rooms: shown.toSorted(byUrgency) };
}

export function fleetDetailOf(room: Room, boxes: Boxes, nowMs: number): FleetRoomDetail {
  return { ...fleetRoomOf(room, boxes.ofRoom(room.room), nowMs), timetable: [...room.timetable], history: boxes.history(room.room) };
}

function byUrgency(a: FleetRoom, b: FleetRoom): number {
  return b.verdict.urgency - a.verdict.urgency || soonest(a) - soonest(b) || a.room.localeCompare(b.room);
}

function soonest({ current, next }: FleetRoom): number {
  const one = current ?? next;
  return one ? startOf(one) : Number.MAX_SAFE_INTEGER;
}
