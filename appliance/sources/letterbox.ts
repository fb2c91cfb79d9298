import type { Raster } from './capture-source.ts';

/** Card around a picture of another shape, the slate's colour. */
const CARD_COLOUR = '0x14181f';

/**
 * FFmpeg's filters that bring a picture into the raster by the shape that it is to be seen in, which with pixels that are not square is not that
 * of its numbers (`dar`); scaled by none where it fits already. Reckoned anew when frames change: their shape may where their size does not.
 */
export function letterboxed({ width, height }: Raster): string[] {
  const within = (most: number, across: string): string => `2*max(1\\,round(min(${most}\\,${across})/2))`;
  return [
    `scale=w=${within(width, `${height}*dar`)}:h=${within(height, `${width}/dar`)}:flags=bicubic:eval=frame`,
    `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2:color=${CARD_COLOUR}:eval=frame`,
    'setsar=1',
    'format=yuv420p',
  ];
}
