import { monotonicUs } from '#kit/media/clock.ts';

/** Less than this is the clock being disciplined, not set, µs. */
const CLOCK_STEP_US = 50_000;
/** A difference in the program's age that is not worth a step in its time, ms. */
const AGE_STEP_MS = 20;
/** A gate that has just begun has not seen enough pictures to know how old they are. */
const AGE_KNOWN_AFTER_MS = 10_000;
/** What is usual in a room, until it is known. */
const USUAL_AGE_MS = 160;

interface Life {
  readonly epochUs: number;
  readonly beganMs: number;
}

/**
 * From the gate's count of frames to the instant at which they were in the room: the gate's own time, less what capture, decoding and
 * waiting take. Steps are taken between classes alone; during a class the program's time never jumps.
 */
export class ProgramClock {
  #life: Life | null = null;
  #ageMs = USUAL_AGE_MS;
  /** Wall clock minus monotonic clock, µs, of this life or the one before; null before the first. */
  #offsetUs: number | null = null;

  /** Of the program's frame 0, microseconds since 1970; null while there is no gate. */
  get epochUs(): number | null {
    return this.#life === null ? null : this.#life.epochUs - Math.round(this.#ageMs * 1000);
  }

  /** What is in the room at this instant carries this time, microseconds since 1970. */
  get nowUs(): number | null {
    return this.#life === null ? null : this.wallUs(monotonicUs());
  }

  /** The program's time of an instant of the monotonic clock, µs: what single sources are stamped with, so that they stay with the program. */
  wallUs(atUs: number): number {
    return atUs + (this.#offsetUs ?? wallOffsetUs());
  }

  /** A gate begins. `goesOn`: in the middle of a class, where time goes on as it was although the clock was set since. */
  begin(gateEpochUs: number, goesOn = false): void {
    const offsetUs = wallOffsetUs();
    const stepUs = goesOn && this.#offsetUs !== null ? offsetUs - this.#offsetUs : 0;
    const isSet = Math.abs(stepUs) >= CLOCK_STEP_US;
    this.#offsetUs = isSet ? offsetUs - stepUs : offsetUs;
    this.#life = { epochUs: gateEpochUs - (isSet ? stepUs : 0), beganMs: performance.now() };
  }

  end(): void {
    this.#life = null;
  }

  /** A box that booted with a wrong clock has been set right since: how far, ms; 0 where nothing changed. */
  takeWallTime(): number {
    if (this.#offsetUs === null) return 0;
    const stepUs = wallOffsetUs() - this.#offsetUs;
    if (Math.abs(stepUs) < CLOCK_STEP_US) return 0;
    this.#offsetUs += stepUs;
    if (this.#life !== null) this.#life = { ...this.#life, epochUs: this.#life.epochUs + stepUs };
    return stepUs / 1000;
  }

  /** How old the gate finds its program to be. Answers whether it is told from now on. */
  takeAge(ageMs: number): boolean {
    if (this.#life === null || performance.now() - this.#life.beganMs < AGE_KNOWN_AFTER_MS) return false;
    if (Math.abs(ageMs - this.#ageMs) < AGE_STEP_MS) return false;
    this.#ageMs = ageMs;
    return true;
  }
}

function wallOffsetUs(): number {
  return Date.now() * 1000 - monotonicUs();
}
