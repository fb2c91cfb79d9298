/** What a fader may ask for (appliance/contract/sound.ts). */
export const GAIN = { min: -40, max: 20, step: 1 } as const;

/** `+3 dB`, `0 dB`, `−12 dB`. */
export function gainWords(gainDb: number): string {
  const rounded = Math.round(gainDb);
  const sign = rounded > 0 ? '+' : rounded < 0 ? '−' : '';
  return `${sign}${Math.abs(rounded)} dB`;
}

/** Where a fader goes when a source distorts: well below, and not off. */
export function turnedDown(gainDb: number): number {
  return Math.max(GAIN.min, Math.round(gainDb) - 6);
}

/** Near the middle a finger means the middle. */
export function snapped(gainDb: number): number {
  return Math.abs(gainDb) < 1.5 ? 0 : Math.round(gainDb);
}
