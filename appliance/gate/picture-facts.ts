import { CARD } from './i420.ts';

/** Bytes between samples: prime, so that a picture with a regular pattern is not sampled along it. */
const MEAN_STEP = 211;
const FINGERPRINT_STEP = 13;
const FNV_PRIME = 0x01000193;
const FNV_BASIS = 0x811c9dc5;

/**
 * Mean of a luma plane, 16 (black) to 235 (white), from one pixel in 211. The card around a picture of another shape is no part of it, and lighter
 * than black: whatever has just its shade is left out.
 */
export function meanLumaOf(luma: Buffer): number {
  let sum = 0;
  let count = 0;
  for (let at = 0; at < luma.length; at += MEAN_STEP) {
    if (luma[at] === CARD.luma) continue;
    sum += luma[at] as number;
    count += 1;
  }
  return count === 0 ? CARD.luma : sum / count;
}

/** Differs when the picture does (FNV-1a over one pixel in 13): a camera's noise alone changes it from frame to frame. */
export function fingerprintOf(luma: Buffer): number {
  let hash = FNV_BASIS;
  for (let at = 0; at < luma.length; at += FINGERPRINT_STEP) hash = Math.imul(hash ^ (luma[at] as number), FNV_PRIME);
  return hash >>> 0;
}
