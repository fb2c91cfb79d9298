import type { MediaPacket } from '#kit/media/packet.ts';
import type { PacketBus } from '../bus/packet-bus.ts';

/**
 * What the bus still has from before sending began. The class goes on while its sending is stopped, and the last group of pictures of that time is what
 * a connection would begin with: it is nobody's outside the room.
 */
export class BeforePress {
  readonly #bus: PacketBus;
  #packets = new WeakSet<MediaPacket>();

  constructor(bus: PacketBus) {
    this.#bus = bus;
  }

  /** Sending begins now. */
  mark(): void {
    this.#packets = new WeakSet(this.#bus.cache.packets());
  }

  has(packet: MediaPacket): boolean {
    return this.#packets.has(packet);
  }
}
