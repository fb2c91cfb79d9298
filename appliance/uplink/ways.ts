import { BeforePress } from './before-press.ts';
import type { OpenConnection } from './connection.ts';
import { rtmpOpener } from './rtmp.ts';
import type { Way } from './uplink-state.ts';
import { whipOpener, type WhipParts } from './whip.ts';

export interface UplinkWays extends Readonly<Record<Way, OpenConnection>> {
  /** Sending begins: nothing that is on the bus by now goes any of these ways. */
  readonly beginHere: () => void;
}

/** How each way out is opened. RTMP carries one rendition: the best. `authorityFile`: of the edge's certificate, for RTMPS. */
export function uplinkWays(parts: Omit<WhipParts, 'except'>, { authorityFile }: { readonly authorityFile?: string } = {}): UplinkWays {
  const except = new BeforePress(parts.bus);
  const whip = { ...parts, except };
  const rtmp = { bus: parts.bus, except, layer: parts.rids[0] ?? '', authorityFile };
  return {
    beginHere: () => except.mark(),
    whip: whipOpener(whip),
    'whip-tcp': whipOpener(whip, 'tcp'),
    rtmps: rtmpOpener(rtmp, 'rtmps'),
    rtmp: rtmpOpener(rtmp, 'rtmp'),
  };
}
