import type { Size } from '../../gate/i420.ts';
import type { Person } from './detector.ts';

/** A square of a picture, in its pixels; it may reach beyond the picture, where everything is black. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** So many times from face to shoulders: head, body and arms, and a step to either side. */
const SIDE_IN_SIZES = 6.5;
/** The head is above the middle of the body. */
const BELOW_HEAD_IN_SIZES = 1.3;
/** A smaller part of the picture shows coarse pixels. */
const SMALLEST_SHARE = 0.3;

export function wholePicture({ width, height }: Size): Region {
  return { x: 0, y: (height - width) / 2, side: width };
}

/** Where to look next for somebody who was just seen: closer than the whole picture, so that one far away is made out too. */
export function regionAround({ head, size }: Person, picture: Size): Region {
  const side = Math.max(SMALLEST_SHARE, SIDE_IN_SIZES * size) * picture.height;
  if (side >= picture.width) return wholePicture(picture);
  const middleY = (head.y + BELOW_HEAD_IN_SIZES * size) * picture.height;
  return { x: head.x * picture.width - side / 2, y: middleY - side / 2, side };
}
