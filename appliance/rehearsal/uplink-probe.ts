import type { Log } from '#kit/process/log.ts';
import { sleep } from '#kit/process/supervisor.ts';
import type { OpenConnection, UplinkTarget } from '../uplink/connection.ts';
import type { UplinkFound } from './checks.ts';

export interface UplinkProbeParts {
  /** Opens a connection that has nothing to send. */
  readonly openSilent: OpenConnection;
  readonly target: () => UplinkTarget | null;
  /** Null while no class runs. */
  readonly classArrives: () => boolean | null;
  readonly log: Log;
}

const CONNECT_MS = 6_000;
const REACH_MS = 3_000;
const ASK_AGAIN_MS = 250;

/**
 * Tries the way to the students as a class would take it: WHIP, ICE and DTLS over UDP, and closed again before a packet of media. A
 * running class is proof enough and is not disturbed.
 */
export async function probeUplink(parts: UplinkProbeParts, signal: AbortSignal): Promise<UplinkFound> {
  if (parts.classArrives() !== null) return { kind: 'in-class', arrives: await arrivesSoon(parts.classArrives, signal) };
  const target = parts.target();
  if (target === null) return { kind: 'not-claimed' };
  const reason = await connectReason(parts.openSilent, target, signal);
  if (reason === null) return { kind: 'connected' };
  parts.log.info({ reason }, 'the rehearsal could not connect to the edge');
  if (reason.includes('refused')) return { kind: 'refused', reason };
  return (await reachable(target.whip, signal)) ? { kind: 'no-udp', reason } : { kind: 'unreachable' };
}

/** A class that has just begun takes a moment to be seen. */
async function arrivesSoon(classArrives: () => boolean | null, signal: AbortSignal): Promise<boolean> {
  const until = performance.now() + CONNECT_MS;
  while (classArrives() !== true && performance.now() < until && !signal.aborted) await sleep(ASK_AGAIN_MS, signal);
  return classArrives() === true;
}

/** Null when it connected. */
async function connectReason(open: OpenConnection, target: UplinkTarget, signal: AbortSignal): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const connection = open(target, { connected: () => resolve(null), failed: (reason) => resolve(reason) });
  const late = setTimeout(() => resolve('no answer'), CONNECT_MS);
  const stopped = (): void => resolve('stopped');
  signal.addEventListener('abort', stopped, { once: true });
  try {
    return await promise;
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', stopped);
    await connection.close({ classOver: true });
  }
}

/** The WHIP door answers OPTIONS to anyone (RFC 9725, 4.1). */
async function reachable(whip: string, signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await fetch(whip, { method: 'OPTIONS', signal: AbortSignal.any([signal, AbortSignal.timeout(REACH_MS)]) });
    await answer.body?.cancel();
    return answer.status < 500;
  } catch {
    return false; // that is the answer
  }
}
