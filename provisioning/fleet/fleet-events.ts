import type { ServerResponse } from 'node:http';
import { CodedError } from '#kit/process/errors.ts';
import { sleep } from '#kit/process/supervisor.ts';
import type { Fleet, FleetEvent, FleetRoom } from '../contract/console.ts';

const MAX_READERS = 100;
/** A reader this far behind is disconnected: its page connects again and starts from the whole fleet. */
const MAX_BEHIND_BYTES = 1024 * 1024;
const TICK_MS = 1_000;
/** Proxies close streams that are silent for long, and a page can tell by it that its connection is dead. */
const HEARTBEAT_TICKS = 15;
const STILL_HERE = 'event: still-here\ndata: {}\n\n';

/**
 * Server-sent events for the consoles that are open. Once a second the fleet is compared with what was last sent, so that a room that
 * falls silent shows up as well as one that reports; nothing is computed while nobody looks.
 */
export class FleetEvents {
  /** With whether whoever opened it is still signed in. */
  readonly #readers = new Map<ServerResponse, () => boolean>();
  readonly #look: () => Fleet;
  /** What each room looked like when it was last sent. */
  #sent = new Map<string, string>();

  constructor(look: () => Fleet) {
    this.#look = look;
  }

  /** @throws CodedError 503 `too_many_readers` */
  add(reader: ServerResponse, signedIn: () => boolean): void {
    if (this.#readers.size >= MAX_READERS) {
      throw new CodedError('too_many_readers', 'Too many consoles are open. Close some of them.', { status: 503 });
    }
    // The others get what changed up to now before the snapshot below becomes what changes are measured against.
    this.#publish(false);
    reader.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    this.#readers.set(reader, signedIn);
    reader.once('close', () => this.#readers.delete(reader));
    const fleet = this.#look();
    this.#remember(fleet);
    reader.write(frame({ type: 'fleet', fleet }));
  }

  async run(signal: AbortSignal): Promise<void> {
    for (let tick = 0; !signal.aborted; tick++) {
      for (const [reader, signedIn] of this.#readers) if (!signedIn()) this.#end(reader);
      if (this.#readers.size > 0) this.#publish(tick % HEARTBEAT_TICKS === 0);
      await sleep(TICK_MS, signal);
    }
    for (const reader of this.#readers.keys()) this.#end(reader);
  }

  /** Forgotten at once: what is written after an end is an error that nobody catches. */
  #end(reader: ServerResponse): void {
    this.#readers.delete(reader);
    reader.end();
  }

  #publish(heartbeat: boolean): void {
    const fleet = this.#look();
    const known = new Set(this.#sent.keys());
    const sameRooms = fleet.rooms.length === known.size && fleet.rooms.every(({ room }) => known.has(room));
    const changed = fleet.rooms.filter((room) => this.#sent.get(room.room) !== JSON.stringify(room));
    this.#remember(fleet);
    if (!sameRooms) this.#send(frame({ type: 'fleet', fleet }));
    else if (changed.length > 0) this.#send(changed.map((room) => frame({ type: 'room', room })).join(''));
    else if (heartbeat) this.#send(STILL_HERE);
  }

  #remember(fleet: Fleet): void {
    this.#sent = new Map(fleet.rooms.map((room: FleetRoom) => [room.room, JSON.stringify(room)]));
  }

  #send(text: string): void {
    for (const reader of this.#readers.keys()) {
      if (reader.writableLength > MAX_BEHIND_BYTES) reader.destroy();
      else reader.write(text);
    }
  }
}

function frame(event: FleetEvent): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}
