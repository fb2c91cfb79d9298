import type { Amf } from './amf0.ts';
import { decodeAmf } from './amf0.ts';
import { CodedError } from '../../process/errors.ts';

/**
 * RTMP's timestamps count from wherever an encoder began. Our own publisher says in its metadata at which time of day that was, so that the
 * capture time of each frame is known at the far end, as it is over WebRTC.
 */
const NAME = 'captureEpochMs';

export function captureEpoch(epochUs: number): Readonly<Record<string, Amf>> {
  return { [NAME]: epochUs / 1000 };
}

/** Microseconds since 1970 of timestamp 0, from the payload of a data message; null where it does not say. */
export function captureEpochUsOf(payload: Buffer): number | null {
  try {
    const values = decodeAmf(payload);
    const about = values.find((value): value is Readonly<Record<string, Amf>> => typeof value === 'object' && value !== null && !Array.isArray(value));
    const epochMs = about?.[NAME];
    return typeof epochMs === 'number' && Number.isFinite(epochMs) ? Math.round(epochMs * 1000) : null;
  } catch (error) {
    // Foreign encoders write what they like here; it is of no use to us.
    if (error instanceof CodedError) return null;
    throw error;
  }
}
