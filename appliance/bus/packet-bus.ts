import type { MediaPacket, PacketSink } from '#kit/media/packet.ts';
import type { Log } from '#kit/process/log.ts';
import { reasonOf } from '#kit/process/errors.ts';
import { GopCache } from './gop-cache.ts';

export interface AttachOptions {
  /** Gives the sink everything since the last keyframe first, so that it can begin at once. */
  readonly fromCache?: boolean;
  /** But these. */
  readonly except?: { has(packet: MediaPacket): boolean };
}

/** Hands every packet of the program to every sink. A sink that throws is detached; the others don't notice. */
export class PacketBus {
  readonly cache = new GopCache();
  readonly #log: Log;
  readonly #sinks = new Set<PacketSink>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Returns what detaches it; twice is harmless. */
  attach(sink: PacketSink, options: AttachOptions = {}): () => void {
    this.#sinks.add(sink);
    const since = options.fromCache === true ? this.cache.packets() : [];
    for (const packet of since) if (options.except?.has(packet) !== true) this.#give(sink, packet);
    return () => void this.#sinks.delete(sink);
  }

  publish(packet: MediaPacket): void {
    this.cache.add(packet);
    for (const sink of [...this.#sinks]) this.#give(sink, packet);
  }

  #give(sink: PacketSink, packet: MediaPacket): void {
    if (!this.#sinks.has(sink)) return;
    try {
      sink.write(packet);
    } catch (error) {
      this.#sinks.delete(sink);
      this.#log.error({ err: error, sink: sink.name }, `${sink.name} failed and is taken off the program: ${reasonOf(error)}`);
    }
  }
}
