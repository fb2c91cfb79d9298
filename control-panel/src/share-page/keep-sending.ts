import { ApiError } from '#kit/ui/client/api-client.ts';
import type { SentScreen } from './send-screen.ts';

export interface Sending {
  /** One connection; it is let go when its signal aborts. @throws ApiError */
  readonly connect: (signal: AbortSignal) => Promise<SentScreen>;
  readonly tell: (what: 'connected' | 'lost' | 'gave-up') => void;
  readonly nowMs: () => number;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

const RETRY_MS = 1_500;
/** A box is back from a restart within seconds, and keeps a laptop's seat for a minute from then. */
const GIVE_UP_MS = 120_000;

/** The screen is captured once; connections come and go until `signal` aborts, or none came about for two minutes. */
export async function keepSending({ connect, tell, nowMs, pause }: Sending, signal: AbortSignal): Promise<void> {
  let aliveMs = nowMs();
  while (!signal.aborted) {
    const connection = await attempt(connect, signal);
    if (connection !== null) {
      tell('connected');
      await Promise.race([connection.lost, aborted(signal)]);
      aliveMs = nowMs();
    }
    if (signal.aborted) return;
    connection?.drop();
    tell('lost');
    if (nowMs() - aliveMs >= GIVE_UP_MS) return tell('gave-up');
    await pause(RETRY_MS, signal);
  }
}

/** Null where none came about. */
async function attempt(connect: Sending['connect'], signal: AbortSignal): Promise<SentScreen | null> {
  try {
    const connection = await connect(signal);
    return await connection.connected.then(
      () => connection,
      (error: unknown) => {
        connection.drop();
        throw error;
      },
    );
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
