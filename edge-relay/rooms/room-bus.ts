/** All rooms with anything going on. A room is made when somebody publishes or watches, and kept: their number is the school's. */
import { setInterval as every } from 'node:timers/promises';
import type { Clock } from '#kit/media/clock.ts';
import { Room } from './room.ts';

const TICK_MS = 500;

export class RoomBus {
  readonly #rooms = new Map<string, Room>();
  readonly #clock: Clock;
  readonly #furnish: (room: Room) => void;

  /** `furnish` attaches what every room has: fan-out, packager, sound converter. */
  constructor(clock: Clock, furnish: (room: Room) => void) {
    this.#clock = clock;
    this.#furnish = furnish;
  }

  room(name: string): Room {
    const known = this.#rooms.get(name);
    if (known !== undefined) return known;
    const room = new Room(name, this.#clock);
    this.#rooms.set(name, room);
    this.#furnish(room);
    return room;
  }

  /** For questions that should not make a room. */
  find(name: string): Room | null {
    return this.#rooms.get(name) ?? null;
  }

  /** Wherever it publishes, or may come back to. */
  dismissPublisher(owner: string, reason: string): void {
    for (const room of this.#rooms.values()) if (room.owner === owner) room.dismissPublisher(reason);
  }

  all(): readonly Room[] {
    return [...this.#rooms.values()];
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      for await (const _ of every(TICK_MS, undefined, { signal })) {
        for (const room of this.#rooms.values()) room.tick();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      for (const room of this.#rooms.values()) room.close();
    }
  }
}
