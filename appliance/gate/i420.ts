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
  return filled(size, CARD);
}

/** One colour, `#rrggbb`, in BT.709 limited range (ITU-R BT.709-6, section 3). */
export function flatPicture(size: Size, colour: string): Buffer {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255) as [number, number, number];
  const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return filled(size, { luma: 16 + 219 * y, u: 128 + (224 * (b - y)) / 1.8556, v: 128 + (224 * (r - y)) / 1.5748 });
}

function filled(size: Size, { luma, u, v }: { luma: number; u: number; v: number }): Buffer {
  const picture = Buffer.allocUnsafeSlow(frameBytes(size));
  const [, second, third] = planesOf(size);
  picture.fill(Math.round(luma), 0, second.offset);
  picture.fill(Math.round(u), second.offset, third.offset);
  picture.fill(Math.round(v), third.offset);
  return picture;
}
