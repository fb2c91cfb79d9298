/** Less than this is the clock being disciplined, not set, ms. */
const CLOCK_STEP_MS = 50;
/** A difference in the program's age that is not worth a step in its time, ms. */
const AGE_STEP_MS = 20;
/** A gate that has just begun has not seen enough pictures to know how old they are. */
const AGE_KNOWN_AFTER_MS = 10_000;
/** What is usual in a room, until it is known. */
const USUAL_AGE_MS = 160;

interface Life {
  readonly epochUs: number;
  readonly beganMs: number;
  /** Wall clock minus monotonic clock, ms. */
  readonly wallOffsetMs: number;
}

/**
 * From the gate's count of frames to the instant at which they were in the room: the gate's own time, less what capture, decoding and
 * waiting take. Steps are taken between classes alone; during a class the program's time never jumps.
 */
export class ProgramClock {
  #life: Life | null = null;
  #ageMs = USUAL_AGE_MS;
  /** Of the life before. */
  #lastOffsetMs: number | null = null;

  /** Of the program's frame 0, microseconds since 1970; null while there is no gate. */
  get epochUs(): number | null {
    return this.#life === null ? null : this.#life.epochUs - Math.round(this.#ageMs * 1000);
  }

  /** What is in the room at this instant carries this time, microseconds since 1970. */
  get nowUs(): number | null {
    return this.#life === null ? null : Math.round((this.#life.wallOffsetMs + performance.now()) * 1000);
  }

  /** A gate begins. `goesOn`: in the middle of a class, where time goes on as it was although the clock was set since. */
  begin(gateEpochUs: number, goesOn = false): void {
    const offsetMs = wallOffsetMs();
    const stepMs = goesOn && this.#lastOffsetMs !== null ? offsetMs - this.#lastOffsetMs : 0;
    const isSet = Math.abs(stepMs) >= CLOCK_STEP_MS;
    this.#lastOffsetMs = isSet ? offsetMs - stepMs : offsetMs;
    this.#life = { epochUs: gateEpochUs - (isSet ? Math.round(stepMs * 1000) : 0), beganMs: performance.now(), wallOffsetMs: this.#lastOffsetMs };
  }

  end(): void {
    this.#life = null;
  }

  /** A box that booted with a wrong clock has been set right since: how far, ms; 0 where nothing changed. */
  takeWallTime(): number {
    if (this.#life === null) return 0;
    const offsetMs = wallOffsetMs();
    const stepMs = offsetMs - this.#life.wallOffsetMs;
    if (Math.abs(stepMs) < CLOCK_STEP_MS) return 0;
    this.#life = { ...this.#life, epochUs: this.#life.epochUs + Math.round(stepMs * 1000), wallOffsetMs: offsetMs };
    this.#lastOffsetMs = offsetMs;
    return stepMs;
  }

  /** How old the gate finds its program to be. Answers whether it is told from now on. */
  takeAge(ageMs: number): boolean {
    if (this.#life === null || performance.now() - this.#life.beganMs < AGE_KNOWN_AFTER_MS) return false;
    if (Math.abs(ageMs - this.#ageMs) < AGE_STEP_MS) return false;
    this.#ageMs = ageMs;
    return true;
  }
}

function wallOffsetMs(): number {
  return Date.now() - performance.now();
}
