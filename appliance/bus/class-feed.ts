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

/** Pictures and sound come this far apart at most; what lies further ahead was captured before the clock was set back, µs. */
const AHEAD_US = LATE_MS * 1000;

/**
 * A disk may stand still this long before anything of a class is left out, µs: what waits for a recorder that is still opening its files, and in
 * one that is open. A write to a disk that was discarding deleted gigabytes took more than 10 s; half a minute of three renditions is 40 MB.
 */
export const HELD_FOR_DISK_US = 30_000_000;

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
  /** All of the class so far, as long as nobody has taken it up; null outside a class and from then on. */
  #unclaimed: MediaPacket[] | null = null;
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

  /**
   * A class begins. `nowUs` is the program's time, null while no program runs: all that comes is then of the class. `awaitsRecorder`: it is kept until
   * one is hung on ({@link attach}).
   */
  begin(nowUs: number | null, awaitsRecorder = true): void {
    this.end();
    this.#open = true;
    this.#fromUs = nowUs === null ? Number.NEGATIVE_INFINITY : nowUs - this.#keepUs;
    this.#toUs = Number.POSITIVE_INFINITY;
    this.#strictUntilMs = performance.now() + STRICT_MS;
    const kept = this.#kept;
    this.#kept = [];
    this.#unclaimed = awaitsRecorder ? [] : null;
    // What lies ahead of now was captured before the clock was set back: nobody knows how long ago.
    for (const packet of kept) if (nowUs === null || packet.captureUs <= nowUs) this.#pass(packet);
  }

  /**
   * Hangs a recorder on the class's bus. The first one is given everything from the class's beginning, one that comes after it what has come since
   * the last keyframe. Returns what detaches it.
   */
  attach(sink: PacketSink): () => void {
    const unclaimed = this.#unclaimed;
    this.#unclaimed = null;
    for (const packet of unclaimed ?? []) sink.write(packet);
    return this.bus.attach(sink, { fromCache: unclaimed === null });
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
    this.#unclaimed = null;
    this.#begun.clear();
    this.#awaited.clear();
    this.#completed?.();
    this.bus.cache.clear();
  }

  write(packet: MediaPacket): void {
    if (this.#open) this.#pass(packet);
    else if (this.#keepUs > 0) keep(this.#kept, packet, this.#keepUs);
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
    if (this.#unclaimed !== null) keep(this.#unclaimed, packet, this.#keepUs + HELD_FOR_DISK_US);
    this.bus.publish(packet);
  }

  #reached(stream: string): void {
    this.#awaited.delete(stream);
    if (this.#awaited.size === 0) this.#completed?.();
  }
}

/** Adds one, and drops what is that much older, from the front, and what is of another time. */
function keep(kept: MediaPacket[], packet: MediaPacket, forUs: number): void {
  kept.push(packet);
  const first = kept.findIndex(({ captureUs }) => captureUs >= packet.captureUs - forUs && captureUs <= packet.captureUs + AHEAD_US);
  if (first > 0) kept.splice(0, first);
}
