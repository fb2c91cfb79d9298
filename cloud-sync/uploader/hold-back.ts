import { HOLD_BACK_US, type IndexLine } from '../contract/recording-folder.ts';

/**
 * How many lines of each of a track's parts may leave the box, oldest part first: all but the newest 45 s of media. Counted in media,
 * not by a clock: whoever sets one releases nothing. A part of which no fragment may leave keeps its initialisation segment too.
 */
export function releasable(indexes: readonly (readonly IndexLine[])[], holdBackUs = HOLD_BACK_US): number[] {
  let heldUs = 0;
  const counts = indexes.toReversed().map((lines) => {
    let count = lines.length;
    while (count > 0 && heldUs < holdBackUs) {
      count -= 1;
      const line = lines[count];
      heldUs += line?.kind === 'fragment' ? line.durationUs : 0;
    }
    return lines.slice(0, count).some(({ kind }) => kind === 'fragment') ? count : 0;
  });
  return counts.reverse();
}
