/** A byte counter and when it last grew: what "recording" and "sending" are derived from. Pure. */
export interface MovedBytes {
  readonly bytes: number;
  /** Epoch ms of the last growth that was seen; minus infinity before the first. */
  readonly grewAtMs: number;
}

export const NOTHING_MOVED: MovedBytes = { bytes: 0, grewAtMs: Number.NEGATIVE_INFINITY };

/** A counter that fell belongs to something new (another connection, another recording): growth counts from there. */
export function observe(moved: MovedBytes, bytes: number, nowMs: number): MovedBytes {
  if (bytes > moved.bytes) return { bytes, grewAtMs: nowMs };
  return bytes === moved.bytes ? moved : { bytes, grewAtMs: bytes > 0 ? nowMs : Number.NEGATIVE_INFINITY };
}

export function grewWithin(moved: MovedBytes, withinMs: number, nowMs: number): boolean {
  return nowMs - moved.grewAtMs <= withinMs;
}
