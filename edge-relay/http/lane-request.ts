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

const PART = /^\/hls\/([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)\/([\w-]{1,32}\/(?:part|segment|init)-[\d.]{1,30}\.(?:m4s|mp4))\?sig=([\w-]{43})&until=(\d{1,12})$/;
const PLAYLIST = /^\/hls\/([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)\/([\w-]{1,32})\/index\.m3u8\?([\w.=&-]{1,4400})$/;
const COUNT = /^\d{1,15}$/;
const SKIP: Readonly<Record<string, boolean>> = { YES: true, v2: true };

export function laneRequest(url: string): PlaylistAsk | PartAsk | null {
  const part = PART.exec(url);
  if (part !== null) return { kind: 'part', room: part[1] ?? '', name: part[2] ?? '', sig: part[3] ?? '', until: Number(part[4]) };
  const playlist = PLAYLIST.exec(url);
  if (playlist === null) return null;
  return playlistAsk(playlist[1] ?? '', playlist[2] ?? '', playlist[3] ?? '');
}

function playlistAsk(room: string, track: string, query: string): PlaylistAsk | null {
  const fields = new Map<string, string>();
  for (const field of query.split('&')) {
    const [name = '', value, ...more] = field.split('=');
    if (value === undefined || more.length > 0 || fields.has(name)) return null;
    fields.set(name, value);
  }
  const token = fields.get('token');
  const [msn, part, skip] = [fields.get('_HLS_msn'), fields.get('_HLS_part'), fields.get('_HLS_skip')];
  const known = 1 + Number(msn !== undefined) + Number(part !== undefined) + Number(skip !== undefined);
  if (token === undefined || fields.size !== known || !isCount(msn) || !isCount(part) || (skip !== undefined && SKIP[skip] !== true)) return null;
  const directives = { ...(msn === undefined ? {} : { msn: Number(msn) }), ...(part === undefined ? {} : { part: Number(part) }), ...(skip === undefined ? {} : { skip: true }) };
  return { kind: 'playlist', room, track, token, directives };
}

function isCount(value: string | undefined): boolean {
  return value === undefined || COUNT.test(value);
}
