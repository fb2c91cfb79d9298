/** Sound below this reads as silence on the meter. */
export const FLOOR_DBFS = -60;
/** Voice belongs below; above it stands out. */
export const LOUD_DBFS = -6;

/** RMS level → part of the meter that is filled, 0 to 1. Linear in decibels, as hearing nearly is. */
export function fillOf(dbfs: number): number {
  return Math.min(1, Math.max(0, 1 - dbfs / FLOOR_DBFS));
}

/** The mark of the loudest moment: jumps up at once, falls 12 dB a second. */
export function heldPeak(heldDbfs: number, dbfs: number, elapsedMs: number): number {
  return Math.max(dbfs, heldDbfs - (12 * elapsedMs) / 1000, FLOOR_DBFS);
}
