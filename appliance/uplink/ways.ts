import type { OpenConnection } from './connection.ts';
import { rtmpOpener } from './rtmp.ts';
import type { Way } from './uplink-state.ts';
import { whipOpener, type WhipParts } from './whip.ts';

/** How each way out is opened. RTMP carries one rendition: the best. */
export function uplinkWays(parts: WhipParts): Readonly<Record<Way, OpenConnection>> {
  return {
    whip: whipOpener(parts),
    'whip-tcp': whipOpener(parts, 'tcp'),
    rtmp: rtmpOpener({ bus: parts.bus, layer: parts.rids[0] ?? '' }),
  };
}
