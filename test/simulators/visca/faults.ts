import Type, { type Static } from 'typebox';
import type { Dialogue } from './dialogue.ts';
import { error, isAck } from './replies.ts';

const Part = Type.Number({ minimum: 0, maximum: 1 });

/** What goes wrong on the way from and to the head, and what its firmware does otherwise. Each is off unless set. */
export const ViscaFaults = Type.Object(
  {
    /** Complete without acknowledging, as some heads do. */
    dropAck: Type.Optional(Type.Boolean()),
    /** Noise in front of every answer. */
    garbage: Type.Optional(Type.Boolean()),
    /** Every answer comes this much later. */
    delayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 })),
    /** The part of frames, each way, that is lost. */
    loss: Type.Optional(Part),
    /** The part of answers that come after the one behind them. */
    reorder: Type.Optional(Part),
    /** The part of answers that come twice. */
    duplicate: Type.Optional(Part),
    /** Both sockets are taken by somebody else: every command is refused. */
    bufferFull: Type.Optional(Type.Boolean()),
    /** The on-screen menu is open: no command is carried out. */
    menu: Type.Optional(Type.Boolean()),
    /** Answers as another address than it was called by: 9 to 15. */
    answersAs: Type.Optional(Type.Integer({ minimum: 9, maximum: 15 })),
    /** Over IP: answers are numbered as the head likes. */
    breakSequence: Type.Optional(Type.Boolean()),
    /** Over IP: packets with a header are thrown away, bare ones are taken. */
    rejectHeader: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type ViscaFaults = Static<typeof ViscaFaults>;

/** An answer that is overtaken comes this much later. */
const REORDER_MS = 40;

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

  get faults(): ViscaFaults {
    return this.#faults;
  }

  /** Whether a frame from the controller arrives. */
  arrives(): boolean {
    return this.#random() >= (this.#faults.loss ?? 0);
  }

  /** Hands a frame to the head, or refuses it in its place. */
  receive(frame: Buffer, dialogue: Dialogue, send: (bytes: Buffer) => void): void {
    const { bufferFull = false, menu = false } = this.#faults;
    const command = frame[1] === 0x01 && frame[2] !== 0x00;
    if (command && menu) send(error('notExecutable', 1));
    else if (command && bufferFull) send(error('bufferFull'));
    else dialogue.receive(frame, send);
  }

  /** Passes the head's frame on: as it is, late, behind noise, twice, or not at all. */
  deliver(frame: Buffer, send: (bytes: Buffer) => void): void {
    const { dropAck = false, garbage = false, delayMs = 0, reorder = 0, duplicate = 0 } = this.#faults;
    if (!this.arrives() || (dropAck && isAck(frame))) return;
    const bytes = Buffer.concat([garbage ? this.#noise() : Buffer.alloc(0), this.#renamed(frame)]);
    const late = delayMs + (reorder > 0 && this.#random() < reorder ? REORDER_MS : 0);
    for (let copies = duplicate > 0 && this.#random() < duplicate ? 2 : 1; copies > 0; copies--) {
      if (late === 0) send(bytes);
      else setTimeout(send, late, bytes);
    }
  }

  #renamed(frame: Buffer): Buffer {
    const { answersAs } = this.#faults;
    return answersAs === undefined || frame[0] !== 0x90 ? frame : Buffer.concat([Buffer.from([answersAs << 4]), frame.subarray(1)]);
  }

  #noise(): Buffer {
    const length = 1 + Math.floor(this.#random() * 6);
    return Buffer.from([...Array.from({ length }, () => Math.floor(this.#random() * 256)), 0xff]);
  }
}
