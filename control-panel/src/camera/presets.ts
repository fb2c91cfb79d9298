import type { CameraState } from '#appliance/contract/state.ts';

/** Tiles that fit beside the pad; one of them saves a new view while there is room. */
export const MOST_SHOWN = 6;

type Preset = CameraState['presets'][number];

/** The number of a view to be saved: the first free one, as cameras count their memories from 1. */
export function freePreset(presets: readonly Preset[]): string {
  const taken = new Set(presets.map(({ id }) => id));
  for (let number = 1; ; number++) if (!taken.has(String(number))) return String(number);
}

/** Suggested names not yet given to a view. */
export function freeNames(suggested: string, presets: readonly Preset[]): readonly string[] {
  const taken = new Set(presets.map(({ name }) => name));
  return suggested.split('|').filter((name) => !taken.has(name));
}
