/** Level of digital silence as reported here, dBFS: a meter needs a number, and minus infinity is not JSON. */
export const SILENCE_DBFS = -90;

const FULL_SCALE = 32_768;

/** Highest sample of interleaved s16le audio, dBFS (0 is full scale, {@link SILENCE_DBFS} is silence or no samples). */
export function peakDbfs(samples: Buffer): number {
  let peak = 0;
  for (let at = 0; at + 1 < samples.length; at += 2) {
    const value = Math.abs(samples.readInt16LE(at));
    if (value > peak) peak = value;
  }
  return dbfsOf(peak / FULL_SCALE);
}

/** Root mean square of interleaved s16le audio, dBFS; a full-scale square wave reads 0, a sine -3. */
export function rmsDbfs(samples: Buffer): number {
  const count = samples.length >> 1;
  if (count === 0) return SILENCE_DBFS;
  let sum = 0;
  for (let index = 0; index < count; index += 1) {
    const value = samples.readInt16LE(index * 2) / FULL_SCALE;
    sum += value * value;
  }
  return dbfsOf(Math.sqrt(sum / count));
}

function dbfsOf(ratio: number): number {
  if (ratio <= 0) return SILENCE_DBFS;
  return Math.max(SILENCE_DBFS, 20 * Math.log10(ratio));
}
