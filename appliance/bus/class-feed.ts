import type { MediaPacket, PacketSink } from '#kit/media/packet.ts';
import type { Log } from '#kit/process/log.ts';
import { PacketBus } from './packet-bus.ts';

/**
 * A clock that was set, or a program that was restarted, between the press and the first keyframe must not keep a class waiting: from
 * then on whatever comes belongs to it, ms.
 */
const STRICT_MS = 5_000;

/** Pictures and sound are in the encoder this long at most, unless it was just replaced or stood still, ms. */
const LATE_MS = 2_000;

/**
 * The class's share of the program: nothing that was captured before Start was pressed or after End, and nothing outside a class. Whatever carries
 * pictures or sound to the disk or out of the room hangs on this bus, never on the program's. With `keepUs` it also remembers the
 * time before, for a school that wants its recordings to begin early.
 */
export class ClassFeed implements PacketSink {
  readonly name = 'class';
  readonly bus: PacketBus;
  readonly #keepUs: number;
  #kept: MediaPacket[] = [];
  #open = false;
  #fromUs = Number.POSITIVE_INFINITY;
  #toUs = Number.POSITIVE_INFINITY;
  #strictUntilMs = 0;
  /** Layers that began with a keyframe of the class, and codecs of sound. */
  readonly #begun = new Set<string>();
  /** Those of them of which more is to come: nothing captured as late as the end has been seen. */
  readonly #awaited = new Set<string>();
  #completed: (() => void) | null = null;

  constructor(log: Log, keepUs = 0) {
    this.bus = new PacketBus(log);
    this.#keepUs = keepUs;
  }

  /** A class begins. `nowUs` is the program's time, null while no program runs: all that comes is then of the class. */
  begin(nowUs: number | null): void {
    this.end();
    this.#open = true;
    this.#fromUs = nowUs === null ? Number.NEGATIVE_INFINITY : nowUs - this.#keepUs;
    this.#toUs = Number.POSITIVE_INFINITY;
    this.#strictUntilMs = performance.now() + STRICT_MS;
    const kept = this.#kept;
    this.#kept = [];
    for (const packet of kept) this.#pass(packet);
  }

  /** End was pressed: nothing that is captured from now on belongs to the class. */
  endAt(nowUs: number): void {
    this.#toUs = nowUs;
    for (const stream of this.#begun) this.#awaited.add(stream);
  }

  /** Resolves when everything captured before {@link endAt} has come, or is not to be waited for any longer. */
  async complete(): Promise<void> {
    if (this.#awaited.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, LATE_MS);
    this.#completed = resolve;
    await promise;
    clearTimeout(timer);
  }

  end(): void {
    this.#open = false;
    this.#begun.clear();
    this.#awaited.clear();
    this.#completed?.();
    this.bus.cache.clear();
  }

  write(packet: MediaPacket): void {
    if (this.#open) this.#pass(packet);
    else if (this.#keepUs > 0) this.#keep(packet);
  }

  /** Whether something captured then belongs to the class that runs; for what does not come over the program's bus. */
  admits(captureUs: number): boolean {
    return this.#open && captureUs < this.#toUs && (captureUs >= this.#fromUs || performance.now() > this.#strictUntilMs);
  }

  #pass(packet: MediaPacket): void {
    const stream = packet.kind === 'video' ? packet.layer : packet.codec;
    if (packet.captureUs >= this.#toUs) return this.#reached(stream);
    if (!this.#begun.has(stream)) {
      if (!this.admits(packet.captureUs) || (packet.kind === 'video' && !packet.keyframe)) return;
      this.#begun.add(stream);
    }
    this.bus.publish(packet);
  }

  #reached(stream: string): void {
    this.#awaited.delete(stream);
    if (this.#awaited.size === 0) this.#completed?.();
  }

  #keep(packet: MediaPacket): void {
    this.#kept.push(packet);
    const first = this.#kept.findIndex(({ captureUs }) => captureUs >= packet.captureUs - this.#keepUs);
    if (first > 0) this.#kept.splice(0, first);
  }
}
