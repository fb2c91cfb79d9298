import type { Log } from '#kit/process/log.ts';
import { PacketBus } from '../bus/packet-bus.ts';
import type { State } from '../contract/state.ts';
import type { UplinkTarget } from '../uplink/connection.ts';
import { whipOpener, type WhipParts } from '../uplink/whip.ts';
import { Rehearsal, type RehearsalParts } from './rehearsal.ts';
import { probeUplink } from './uplink-probe.ts';

export interface RoomRehearsalParts extends Omit<RehearsalParts, 'probeUplink' | 'state'> {
  readonly state: () => State;
  readonly target: () => UplinkTarget | null;
  readonly classRuns: () => boolean;
  readonly whip: Omit<WhipParts, 'bus'>;
  readonly log: Log;
}

/** The room's rehearsal with its probe of the uplink, which listens on a bus that nobody speaks on: no media can leave. */
export function roomRehearsal(parts: RoomRehearsalParts): Rehearsal {
  const { whip, target, classRuns, state, log } = parts;
  const openSilent = whipOpener({ ...whip, bus: new PacketBus(log) });
  const classArrives = (): boolean | null => (classRuns() ? state().stream.seenAtEdge : null);
  return new Rehearsal({ ...parts, probeUplink: (signal) => probeUplink({ openSilent, target, classArrives, log }, signal) });
}
