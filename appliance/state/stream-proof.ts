import type { StreamState } from '../contract/stream.ts';
import { grewWithin, type MovedBytes } from './moved-bytes.ts';

export interface UplinkFacts {
  readonly protocol: 'whip' | 'rtmp' | 'none';
  /** Media bytes that left this machine over the present connection. */
  readonly sent: MovedBytes;
  /** Why nothing goes out, from the uplink; empty while it works. */
  readonly problem: string;
  readonly way: StreamWay;
}

/** What is known of the way out, measured by the connection that carries the class. */
export type StreamWay = Pick<StreamState, 'transport' | 'layers' | 'estimateKbps' | 'lossPercent' | 'rttMs' | 'stopped'>;

/** The edge's own word about this room, and when it came; null before the first and while no class runs. */
export interface EdgeFacts {
  readonly askedAtMs: number;
  readonly live: boolean;
  readonly viewers: number;
  readonly delayMs: number;
}

const SENT_MS = 2_000;
/** An answer older than this proves nothing any more. */
const ANSWER_MS = 3_000;

export function streamState(classRuns: boolean, uplink: UplinkFacts, edge: EdgeFacts | null, nowMs: number): StreamState {
  const sending = grewWithin(uplink.sent, SENT_MS, nowMs);
  const fresh = edge !== null && nowMs - edge.askedAtMs <= ANSWER_MS;
  const seenAtEdge = fresh && edge.live;
  return {
    protocol: uplink.protocol,
    sending,
    seenAtEdge,
    ...uplink.way,
    viewers: fresh ? edge.viewers : 0,
    delayMs: seenAtEdge ? edge.delayMs : 0,
    problem: classRuns && !uplink.way.stopped ? problemOf(uplink, sending, fresh, seenAtEdge) : '',
  };
}

function problemOf(uplink: UplinkFacts, sending: boolean, fresh: boolean, seenAtEdge: boolean): string {
  if (seenAtEdge && sending) return '';
  if (uplink.problem !== '') return uplink.problem;
  if (!sending) return 'The class is being connected to the students.';
  return fresh ? 'The class is being sent, but the edge has not received it yet.' : 'The class is being sent, but the edge does not say whether it arrives.';
}
