import { reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import Type, { type Static, type TSchema } from 'typebox';
import type { KeptSeat } from './share.ts';

/** Named values that outlive the process. */
export interface KeptValues {
  get<T extends TSchema>(name: string, schema: T): Static<T> | null;
  set(name: string, value: unknown): void;
}

const NAME = 'share-seat';
const Seat = Type.Object({
  guest: Type.Object({ id: Type.String(), name: Type.String() }),
  occasion: Type.Union([Type.String(), Type.Null()]),
  heldUntilMs: Type.Number(),
  tokenHash: Type.String(),
});

/** A seat and the hash of its laptop's token: what lets that laptop back in after a restart, and nobody else. */
export interface RememberedSeat extends KeptSeat {
  readonly tokenHash: string;
}

/** Written where the seat changes hands; a disk that refuses costs a laptop its way back after a restart, and nothing else. */
export class SeatMemory {
  readonly #kept: KeptValues;
  readonly #log: Log;
  #written: string | null = null;

  constructor(kept: KeptValues, log: Log) {
    this.#kept = kept;
    this.#log = log;
  }

  read(): RememberedSeat | null {
    return this.#kept.get(NAME, Type.Union([Seat, Type.Null()]));
  }

  write(seat: RememberedSeat | null): void {
    const text = JSON.stringify(seat);
    if (text === this.#written) return;
    try {
      this.#kept.set(NAME, seat);
      this.#written = text;
    } catch (error) {
      this.#log.warn({ reason: reasonOf(error) }, 'who shares a screen could not be written down');
    }
  }
}
