import type { OpenConnection } from './connection.ts';
import { rtmpOpener } from './rtmp.ts';
import type { Way } from './uplink-state.ts';
import { whipOpener, type WhipParts } from './whip.ts';

/** How each way out is opened. RTMP carries one rendition: the best. `authorityFile`: of the edge's certificate, for RTMPS. */
export function uplinkWays(parts: WhipParts, { authorityFile }: { readonly authorityFile?: string } = {}): Readonly<Record<Way, OpenConnection>> {
  const rtmp = { bus: parts.bus, layer: parts.rids[0] ?? '', authorityFile };
  return {
    whip: whipOpener(parts),
    'whip-tcp': whipOpener(parts, 'tcp'),
    rtmps: rtmpOpener(rtmp, 'rtmps'),
    rtmp: rtmpOpener(rtmp, 'rtmp'),
  };
}
