import type { Playback } from '#edge-relay/contract/api.ts';
import { reasonOf } from '#kit/process/errors.ts';
import { sleep } from '#kit/process/supervisor.ts';
import { callApi } from '../../demo/api.ts';
import type { RoomName } from './lone-edge.ts';
import type { MediaWatch } from './media-watch.ts';

/** A student's page without a screen: comes in with a ticket, connects again by itself, and notes what it got. */
export interface LightViewer {
  readonly name: string;
  readonly room: RoomName;
  readonly watch: MediaWatch;
  /** Resolves when the signal aborts, and everything of it is closed. */
  run(signal: AbortSignal): Promise<void>;
}

export interface Ticket {
  readonly url: string;
  readonly room: RoomName;
  /** Token of the student's session. */
  readonly session: string;
}

/** One connection, from the playback token to its end; resolves or rejects when it is over. */
export type Sitting = (playback: Playback, signal: AbortSignal) => Promise<void>;

const RETRY_MS = 500;
/** As long as the edge waits for a publisher; whose connection is dead notices by itself before. */
const SILENT_MS = 30_000;
const LOOK_MS = 250;

/** A playback token and where it opens; `renews` is the one before. */
export async function askToPlay({ url, room, session }: Ticket, renews: string | null = null): Promise<Playback> {
  return await callApi<Playback>(`${url}/api/rooms/${room}/playback`, { method: 'POST', token: session, body: renews === null ? {} : { renews } });
}

/** Sits down again and again, under one playback session as a page does. */
export async function keepWatching(ticket: Ticket, watch: MediaWatch, sit: Sitting, signal: AbortSignal): Promise<void> {
  let renews: string | null = null;
  while (!signal.aborted) {
    try {
      const playback: Playback = await askToPlay(ticket, renews);
      renews = playback.token;
      // It may have left while it was asking.
      if (signal.aborted) return;
      await untilSilent(playback, watch, sit, signal);
    } catch (error) {
      watch.ended(reasonOf(error));
    }
    await sleep(RETRY_MS, signal);
  }
}

async function untilSilent(playback: Playback, watch: MediaWatch, sit: Sitting, signal: AbortSignal): Promise<void> {
  const given = new AbortController();
  let [pictures, sinceMs] = [watch.pictures, performance.now()];
  const looking = setInterval(() => {
    if (watch.pictures !== pictures) [pictures, sinceMs] = [watch.pictures, performance.now()];
    else if (performance.now() - sinceMs > SILENT_MS) given.abort(new Error('nothing came any more'));
  }, LOOK_MS);
  const leave = (): void => given.abort(new Error('it left'));
  signal.addEventListener('abort', leave, { once: true });
  try {
    await sit(playback, given.signal);
  } finally {
    clearInterval(looking);
    signal.removeEventListener('abort', leave);
    given.abort();
  }
}
