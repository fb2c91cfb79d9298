import Type, { type Static } from 'typebox';
import { isAck } from './replies.ts';

/** What goes wrong on the way from and to the head. Each is off unless set. */
export const ViscaFaults = Type.Object(
  {
    /** Complete without acknowledging, as some heads do. */
    dropAck: Type.Optional(Type.Boolean()),
    /** Noise in front of every answer. */
    garbage: Type.Optional(Type.Boolean()),
    /** Every answer comes this much later. */
    delayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 })),
    /** The part of frames, each way, that is lost. */
    loss: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  },
  { additionalProperties: false },
);
export type ViscaFaults = Static<typeof ViscaFaults>;

/** A line that can go wrong; every transport of the simulated head goes through it. */
export class FaultyLine {
  #faults: ViscaFaults = {};
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  set(faults: ViscaFaults): void {
    this.#faults = faults;
  }

  /** Whether a frame from the controller arrives. */
  arrives(): boolean {
    return this.#random() >= (this.#faults.loss ?? 0);
  }

  /** Passes the head's frame on: as it is, late, behind noise, or not at all. */
  deliver(frame: Buffer, send: (bytes: Buffer) => void): void {
    const { dropAck = false, garbage = false, delayMs = 0 } = this.#faults;
    if (!this.arrives() || (dropAck && isAck(frame))) return;
    const bytes = garbage ? Buffer.concat([this.#noise(), frame]) : frame;
    if (delayMs === 0) send(bytes);
    else setTimeout(send, delayMs, bytes);
  }

  #noise(): Buffer {
    const length = 1 + Math.floor(this.#random() * 6);
    return Buffer.from([...Array.from({ length }, () => Math.floor(this.#random() * 256)), 0xff]);
  }
}
