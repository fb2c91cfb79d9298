/** What to do with a packet so that the number of samples keeps step with the capture time. */
export type Continuity =
  | { readonly kind: 'follows' }
  /** Packets are missing in front of this one: stand in for them with this many concealed ones. */
  | { readonly kind: 'fill'; readonly packets: number }
  /** A gap too long to fill, or the clock moved back: time starts anew here. */
  | { readonly kind: 'restart' }
  /** It is older than what has been written. */
  | { readonly kind: 'drop' };

interface Anchor {
  readonly sample: number;
  readonly captureUs: number;
}

const SAMPLE_RATE_HZ = 48_000;
/** Lost packets are concealed up to here; more is a break that players are told of. */
const MAX_FILL_US = 1_000_000;
const STEP_BACK_US = 1_000_000;
/** Ten seconds of packets of 20 ms: far more than any conversion holds back. */
const MAX_ANCHORS = 512;

export function samplesToUs(samples: number): number {
  return (samples * 1_000_000) / SAMPLE_RATE_HZ;
}

/** Compares a packet's capture time with the one expected after the packet before it. */
export function continuityOf(expectedUs: number | null, captureUs: number, durationUs: number): Continuity {
  if (expectedUs === null) return { kind: 'follows' };
  const gapUs = captureUs - expectedUs;
  if (gapUs > MAX_FILL_US || gapUs < -STEP_BACK_US) return { kind: 'restart' };
  if (gapUs < -durationUs / 2) return { kind: 'drop' };
  const packets = Math.round(gapUs / durationUs);
  return packets === 0 ? { kind: 'follows' } : { kind: 'fill', packets };
}

/** Remembers which sample was captured when, so that what a converter gives out can be dated by counting. */
export class SampleClock {
  readonly #anchors: Anchor[] = [];
  #written = 0;

  /** `samples` go in; the first was captured at `captureUs`. */
  advance(captureUs: number, samples: number): void {
    this.#anchors.push({ sample: this.#written, captureUs });
    if (this.#anchors.length > MAX_ANCHORS) this.#anchors.shift();
    this.#written += samples;
  }

  /** Capture time of a sample by its number from the first; before the first it is counted back. Null before anything was written. */
  captureUsOf(sample: number): number | null {
    const anchor = this.#anchors.findLast((candidate) => candidate.sample <= sample) ?? this.#anchors[0];
    return anchor === undefined ? null : Math.round(anchor.captureUs + samplesToUs(sample - anchor.sample));
  }
}
