/** Holds a room's packager: one from the first publisher until the class is over, a new one for the next class. */
import type { MediaPacket, PacketSink } from '#kit/media/packet.ts';
import { RETURNS_WITHIN_MS, type Room, type RoomSink } from './room.ts';

export interface Packager extends PacketSink {
  discontinuity(): void;
  close(): void;
}

/** Players that ask later than this are told that nothing is on, not that it has ended. */
const FORGOTTEN_AFTER_MS = 300_000;

export class PackagerSlot<P extends Packager> implements RoomSink {
  readonly name = 'packager';
  readonly #room: Room;
  readonly #create: () => P;
  #current: P | null = null;
  #over = false;

  constructor(room: Room, create: () => P) {
    this.#room = room;
    this.#create = create;
  }

  get current(): P | null {
    return this.#current;
  }

  write(packet: MediaPacket): void {
    if (!this.#over) this.#current?.write(packet);
  }

  publisherChanged(): void {
    if (this.#current === null || this.#over) this.#current = this.#create();
    else this.#current.discontinuity();
    this.#over = false;
  }

  /** Called now and then. */
  tick(): void {
    const idleMs = this.#room.idleMs();
    if (idleMs === null || this.#current === null) return;
    // The next class may begin within that time. Its students can't wind back into this one.
    if ((idleMs > RETURNS_WITHIN_MS || this.#room.classOver) && !this.#over) this.close();
    if (idleMs > FORGOTTEN_AFTER_MS) this.#current = null;
  }

  close(): void {
    this.#over = true;
    this.#current?.close();
  }
}
