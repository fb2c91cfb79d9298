import type { Picture } from './timecode.ts';

/** A plane of luma (`gray`, or the first plane of I420), rows `stride` bytes apart. */
export function grayPicture(plane: Uint8Array, width: number, height: number, stride: number = width): Picture {
  return { width, height, luma: (x, y) => plane[y * stride + x] ?? 0 };
}

/** Canvas pixels, RGBA. Self-contained, as is everything that a page may be given. */
export function rgbaPicture(pixels: Uint8Array | Uint8ClampedArray, width: number, height: number): Picture {
  const luma = (x: number, y: number): number => {
    const at = (y * width + x) * 4;
    return 0.2126 * (pixels[at] ?? 0) + 0.7152 * (pixels[at + 1] ?? 0) + 0.0722 * (pixels[at + 2] ?? 0);
  };
  return { width, height, luma };
}
