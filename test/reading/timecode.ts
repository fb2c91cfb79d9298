/** A picture's luma at a pixel, 0 to 255 in any range: the strip's own black and white set the threshold. */
export type LumaAt = (x: number, y: number) => number;

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly luma: LumaAt;
}

/**
 * Reads the camera's timecode strip: 2 rows of 24 cells at the top left, 16 px each in the 1280x720 original, most significant bit
 * first, black 0 and white 1. The picture may have been scaled; `frame` says where the camera's picture lies in it, in pixels
 * (all of it unless told). Returns epoch milliseconds, or null where no believable strip is seen.
 *
 * Self-contained, so that a test can send its source into a browser page.
 */
export function readTimecode(picture: Picture, frame?: { left: number; top: number; width: number; height: number }): number | null {
  const columns = 24;
  const rows = 2;
  const { left, top, width, height } = frame ?? { left: 0, top: 0, width: picture.width, height: picture.height };
  const cellWidth = (16 / 1280) * width;
  const cellHeight = (16 / 720) * height;
  // Nine points around the middle of each cell: scaling blurs the edges, coding rings near them.
  const level = (column: number, row: number): number => {
    let sum = 0;
    for (const dy of [-0.2, 0, 0.2]) {
      for (const dx of [-0.2, 0, 0.2]) {
        const x = Math.min(picture.width - 1, Math.max(0, Math.floor(left + (column + 0.5 + dx) * cellWidth)));
        const y = Math.min(picture.height - 1, Math.max(0, Math.floor(top + (row + 0.5 + dy) * cellHeight)));
        sum += picture.luma(x, y);
      }
    }
    return sum / 9;
  };
  const levels: number[] = [];
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) levels.push(level(column, row));
  const darkest = Math.min(...levels);
  const brightest = Math.max(...levels);
  if (brightest - darkest < 90) return null;
  const middle = (darkest + brightest) / 2;
  // A grey cell is between two times (a blended frame) or no cell at all.
  if (levels.some((value) => Math.abs(value - middle) < (brightest - darkest) * 0.15)) return null;
  const time = levels.reduce((sum, value) => sum * 2 + (value > middle ? 1 : 0), 0);
  const plausible = time > Date.UTC(2024, 0) && time < Date.UTC(2100, 0);
  return plausible ? time : null;
}
