import { monotonicUs } from '#kit/media/clock.ts';
import { CameraClock } from './rtsp/camera-clock.ts';

/** A timestamp this near to now is the time of day. */
const NEAR_US = 10_000_000;
const CLOCK_HZ = 90_000;

/** When a frame of FFmpeg's was captured, on the monotonic clock: devices are stamped with the time of day, all else by its arrival. */
export class FrameClock {
  readonly #byArrival = new CameraClock(CLOCK_HZ);

  /** `timestampUs` of FFmpeg, for a frame that has come just now. */
  captureUs(timestampUs: number): number {
    const arrival = { monotonicUs: monotonicUs(), wallUs: Date.now() * 1_000 };
    const ageUs = arrival.wallUs - timestampUs;
    if (Math.abs(ageUs) < NEAR_US) return Math.round(arrival.monotonicUs - ageUs);
    return this.#byArrival.captureUs(Math.round((timestampUs * CLOCK_HZ) / 1_000_000) >>> 0, arrival);
  }
}
