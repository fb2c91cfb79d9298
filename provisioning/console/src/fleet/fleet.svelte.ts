import type { Fleet, FleetEvent, FleetRoom } from '#provisioning/contract/console.ts';
import { pause } from '#kit/ui/time/pause.ts';
import { campus, isSignedOut } from '../shared/campus.ts';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;
/** Campus says something every 15 s: a connection on which nothing comes for this long is dead, whatever the browser believes. */
const DEAD_AFTER_MS = 35_000;

/** Rooms at risk first, then by their current or next class, then by name: the order of the server, kept while single rooms change. */
export function ordered(rooms: readonly FleetRoom[]): FleetRoom[] {
  const classAt = ({ current, next }: FleetRoom): number => Date.parse((current ?? next)?.startsAt ?? '') || Number.MAX_SAFE_INTEGER;
  return rooms.toSorted((a, b) => b.verdict.urgency - a.verdict.urgency || classAt(a) - classAt(b) || a.room.localeCompare(b.room));
}

export function merged(rooms: readonly FleetRoom[], event: FleetEvent): FleetRoom[] {
  if (event.type === 'fleet') return ordered(event.fleet.rooms);
  return ordered([...rooms.filter(({ room }) => room !== event.room.room), event.room]);
}

/** What is so in the room now: a box that no longer reports may have been recording when it last did. */
export function healthNow({ box, health }: Pick<FleetRoom, 'box' | 'health'>): FleetRoom['health'] {
  return box?.online === true ? health : null;
}

/** Rooms whose name, id or class has every one of the words. */
export function matching(rooms: readonly FleetRoom[], wanted: string): FleetRoom[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return rooms.filter(({ room, name, current, next }) => {
    const text = [room, name, current?.title, current?.teacher, next?.title, next?.teacher].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The fleet as it is now, over server-sent events. */
export class FleetFeed {
  readonly #signedOut: () => void;
  #rooms = $state.raw<Fleet['rooms'] | null>(null);
  #connected = $state(false);

  constructor(signedOut: () => void) {
    this.#signedOut = signedOut;
  }

  /** Null until campus has answered. */
  get rooms(): Fleet['rooms'] | null {
    return this.#rooms;
  }
  get connected(): boolean {
    return this.#connected;
  }

  /** Connected until the signal aborts or the session is over; waits between tries double up to a quarter of a minute. */
  async run(signal: AbortSignal): Promise<void> {
    let waitMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      if (await this.#follow(signal)) waitMs = FIRST_RETRY_MS;
      this.#connected = false;
      if (signal.aborted || (await this.#isOver(signal))) return;
      await pause(waitMs, signal);
      waitMs = Math.min(LONGEST_RETRY_MS, waitMs * 2);
    }
  }

  /** Until the stream ends. @returns whether it ever began */
  #follow(signal: AbortSignal): Promise<boolean> {
    const source = new EventSource('/api/fleet/events');
    let began = false;
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(dead);
        signal.removeEventListener('abort', end);
        source.close();
        resolve(began);
      };
      let dead = setTimeout(end, DEAD_AFTER_MS);
      const heard = (): void => {
        clearTimeout(dead);
        dead = setTimeout(end, DEAD_AFTER_MS);
      };
      source.addEventListener('still-here', heard);
      source.onmessage = ({ data }) => {
        heard();
        began = true;
        this.#connected = true;
        this.#rooms = merged(this.#rooms ?? [], JSON.parse(String(data)) as FleetEvent);
      };
      source.onerror = end;
      signal.addEventListener('abort', end);
    });
  }

  /** A stream does not say why it was refused: the session does. */
  async #isOver(signal: AbortSignal): Promise<boolean> {
    const over = await campus.get('/api/session', { signal }).then(() => false, isSignedOut);
    if (over) this.#signedOut();
    return over;
  }
}
