/**
 * Reads the addresses that our own playlists give out, and no others: what is written in any other way is not wrong, it just takes the
 * longer way through the routes.
 */
export interface PlaylistAsk {
  readonly kind: 'playlist';
  readonly room: string;
  readonly track: string;
  readonly token: string;
  /** `_HLS_msn`, `_HLS_part`, `_HLS_skip` (draft-pantos-hls-rfc8216bis section 6.2.5). */
  readonly directives: { msn?: number; part?: number; skip?: boolean };
}

export interface PartAsk {
  readonly kind: 'part';
  readonly room: string;
  /** `720p/part-12.3.m4s` */
  readonly name: string;
  readonly sig: string;
  readonly until: number;
}

export type Ask = PlaylistAsk | PartAsk;

const PART = /^\/hls\/([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)\/([\w-]{1,32}\/(?:part|segment|init)-[\d.]{1,30}\.(?:m4s|mp4))\?sig=([\w-]{43})&until=(\d{1,12})$/;
/** Players put their directives behind what is there, in this order. */
const PLAYLIST = /^\/hls\/([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)\/([\w-]{1,32})\/index\.m3u8\?token=([\w.-]+)(?:&_HLS_msn=(\d{1,15}))?(?:&_HLS_part=(\d{1,15}))?(&_HLS_skip=(?:YES|v2))?$/;

export function readAsk(target: string): Ask | null {
  const part = PART.exec(target);
  if (part !== null) return { kind: 'part', room: part[1] ?? '', name: part[2] ?? '', sig: part[3] ?? '', until: Number(part[4]) };
  const playlist = PLAYLIST.exec(target);
  if (playlist === null) return null;
  const [, room = '', track = '', token = '', msn, inSegment, skip] = playlist;
  const directives: PlaylistAsk['directives'] = {};
  if (msn !== undefined) directives.msn = Number(msn);
  if (inSegment !== undefined) directives.part = Number(inSegment);
  if (skip !== undefined) directives.skip = true;
  return { kind: 'playlist', room, track, token, directives };
}
