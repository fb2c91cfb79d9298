import type { Fleet, FleetEvent, FleetRoom } from '#provisioning/contract/console.ts';

const RETRY_MS = 2_000;

/** Rooms at risk first, then by the next class, then by name: the order of the server, kept while single rooms change. */
export function ordered(rooms: readonly FleetRoom[]): FleetRoom[] {
  const nextAt = ({ next }: FleetRoom): number => (next ? Date.parse(next.startsAt) : Number.MAX_SAFE_INTEGER);
  return rooms.toSorted((a, b) => b.verdict.urgency - a.verdict.urgency || nextAt(a) - nextAt(b) || a.name.localeCompare(b.name));
}

export function merged(rooms: readonly FleetRoom[], event: FleetEvent): FleetRoom[] {
  if (event.type === 'fleet') return ordered(event.fleet.rooms);
  return ordered([...rooms.filter(({ room }) => room !== event.room.room), event.room]);
}

/** The fleet as it is now, over server-sent events. */
export class FleetFeed {
  #rooms = $state.raw<readonly FleetRoom[] | null>(null);
  #connected = $state(false);

  get rooms(): Fleet['rooms'] | null {
    return this.#rooms === null ? null : [...this.#rooms];
  }
  get connected(): boolean {
    return this.#connected;
  }

  run(signal: AbortSignal): void {
    if (signal.aborted) return;
    const source = new EventSource('/api/fleet/events');
    source.onopen = () => (this.#connected = true);
    source.onmessage = ({ data }) => (this.#rooms = merged(this.#rooms ?? [], JSON.parse(String(data)) as FleetEvent));
    source.onerror = () => {
      this.#connected = false;
      // A refused stream is closed by the browser for good: begin a new one.
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => this.run(signal), RETRY_MS);
    };
    signal.addEventListener('abort', () => source.close(), { once: true });
  }
}
