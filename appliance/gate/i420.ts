/** Planar 4:2:0 pictures: luma, then both chroma planes at half the width and height, without padding. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

export interface Plane {
  /** First byte of the plane in the picture. */
  readonly offset: number;
  readonly stride: number;
  /** Picture coordinates are divided by this. */
  readonly divisor: 1 | 2;
}

export function frameBytes({ width, height }: Size): number {
  return (width * height * 3) / 2;
}

export function planesOf({ width, height }: Size): readonly [Plane, Plane, Plane] {
  const luma = width * height;
  const chroma = luma / 4;
  return [
    { offset: 0, stride: width, divisor: 1 },
    { offset: luma, stride: width / 2, divisor: 2 },
    { offset: luma + chroma, stride: width / 2, divisor: 2 },
  ];
}

/** The product's dark card (#14181f in BT.709 limited range). */
export const CARD = { luma: 36, u: 131, v: 126 } as const;

export function cardPicture(size: Size): Buffer {
  const picture = Buffer.allocUnsafeSlow(frameBytes(size));
  const [, u, v] = planesOf(size);
  picture.fill(CARD.luma, 0, u.offset);
  picture.fill(CARD.u, u.offset, v.offset);
  picture.fill(CARD.v, v.offset);
  return picture;
}
