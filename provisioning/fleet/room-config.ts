import type { RoomConfig } from '../contract/enrolment.ts';
import type { Room } from './rooms.ts';
import { upcoming } from './timetable.ts';

/** Where a box finds what it talks to. `{room}` in an edge address stands for the room; without it the room is appended. */
export interface Places {
  readonly publicUrl: string;
  readonly boxUrl: string;
  readonly edge: { readonly url: string; readonly apiUrl: string; readonly whip: string; readonly whep: string; readonly rtmp: string; readonly rtmps?: string };
}

const TWO_WEEKS_MS = 14 * 86_400_000;

/** The desired state of a room's box. */
export function roomConfigOf({ room, name, timetable }: Room, { publicUrl, edge }: Places, nowMs: number): RoomConfig {
  const at = (address: string): string => (address.includes('{room}') ? address.replaceAll('{room}', room) : `${address.replace(/\/$/, '')}/${room}`);
  return {
    room,
    roomName: name,
    edge: { whip: at(edge.whip), whep: at(edge.whep), rtmp: at(edge.rtmp), ...(edge.rtmps === undefined ? {} : { rtmps: at(edge.rtmps) }), api: `${edge.url}/api/rooms/${room}` },
    uploadsUrl: `${publicUrl}/uploads`,
    libraryUrl: publicUrl,
    timetable: upcoming(timetable, nowMs, TWO_WEEKS_MS).map(({ id, title, teacher, startsAt, endsAt }) => ({ id, title, teacher, startsAt, endsAt })),
  };
}
