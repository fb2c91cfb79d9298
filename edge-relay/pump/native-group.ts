import type { GroupVariant, PumpGroup, PumpStream } from '#kit/webrtc/pump.ts';

/** Streams as the addon knows them, and the group each is in. */
export interface Grouped {
  readonly id: number;
  group: NativeGroup | null;
}

export interface GroupPorts {
  readonly groupedOf: (stream: PumpStream) => Grouped | undefined;
  readonly open: () => number;
  readonly close: (group: number) => void;
  /** False where the stream is gone. */
  readonly join: (group: number, stream: number, variant: GroupVariant) => boolean;
  readonly leave: (stream: number) => void;
  /** `size`: how many streams are in it. */
  readonly send: (group: number, size: number, payloads: readonly Buffer[], timestamp: number, variant: GroupVariant | undefined) => void;
}

/** A list of streams that the addon keeps from frame to frame, for as long as somebody is in it. */
export class NativeGroup implements PumpGroup {
  readonly #ports: GroupPorts;
  #id = 0;
  #size = 0;

  constructor(ports: GroupPorts) {
    this.#ports = ports;
  }

  add(stream: PumpStream, variant: GroupVariant): void {
    const grouped = this.#ports.groupedOf(stream);
    if (grouped === undefined) return;
    grouped.group?.drop(grouped);
    if (this.#size === 0) this.#id = this.#ports.open();
    if (this.#ports.join(this.#id, grouped.id, variant)) {
      this.#size += 1;
      grouped.group = this;
    }
    this.#closeWhereEmpty();
  }

  remove(stream: PumpStream): void {
    const grouped = this.#ports.groupedOf(stream);
    if (grouped?.group === this) this.drop(grouped);
  }

  /** One that is in it. */
  drop(grouped: Grouped): void {
    this.#ports.leave(grouped.id);
    grouped.group = null;
    this.#size -= 1;
    this.#closeWhereEmpty();
  }

  send(payloads: readonly Buffer[], timestamp: number, variant?: GroupVariant): void {
    if (this.#size > 0) this.#ports.send(this.#id, this.#size, payloads, timestamp, variant);
  }

  #closeWhereEmpty(): void {
    if (this.#size === 0) this.#ports.close(this.#id);
  }
}
