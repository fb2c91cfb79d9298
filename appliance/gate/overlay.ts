import { planesOf, type Rect, type Size } from './i420.ts';

/** A picture with holes, of even size: I420 planes and how much of each pixel covers what is behind it, 0 to 256. */
export interface Overlay {
  readonly rect: Rect;
  readonly planes: readonly OverlayPlane[];
}

interface OverlayPlane {
  /** Pixel times alpha, so that blending multiplies once. */
  readonly weighted: Uint16Array;
  /** 256 less alpha. */
  readonly behind: Uint16Array;
}

/** From raw `yuva420p`: luma and alpha in full, chroma at half the size. */
export function overlayFrom(raw: Buffer, rect: Rect): Overlay {
  const { width, height } = rect;
  const [y, u, v] = planesOf(rect);
  const alpha = raw.subarray(v.offset + v.stride * (height / 2));
  const full = Uint16Array.from({ length: width * height }, (_, at) => scaleAlpha(alpha[at] as number));
  const half = Uint16Array.from({ length: full.length / 4 }, (_, at) => {
    const first = Math.floor(at / (width / 2)) * 2 * width + (at % (width / 2)) * 2;
    return ((full[first] as number) + (full[first + 1] as number) + (full[first + width] as number) + (full[first + width + 1] as number)) >> 2;
  });
  return { rect, planes: [planeOf(raw.subarray(y.offset), full), planeOf(raw.subarray(u.offset), half), planeOf(raw.subarray(v.offset), half)] };
}

function planeOf(pixels: Buffer, alpha: Uint16Array): OverlayPlane {
  return { weighted: alpha.map((value, at) => value * (pixels[at] as number)), behind: alpha.map((value) => 256 - value) };
}

/** 255 is all: 256, so that dividing is a shift. */
function scaleAlpha(alpha: number): number {
  return alpha + (alpha >> 7);
}

/** Draws the overlay over the picture. */
export function blend(picture: Buffer, program: Size, { rect, planes }: Overlay): void {
  planesOf(program).forEach(({ offset, stride, divisor }, index) => {
    const { weighted, behind } = planes[index] as OverlayPlane;
    const width = rect.width / divisor;
    const height = rect.height / divisor;
    let at = 0;
    for (let row = 0; row < height; row += 1) {
      let out = offset + (rect.y / divisor + row) * stride + rect.x / divisor;
      for (let column = 0; column < width; column += 1, at += 1, out += 1) {
        const rest = behind[at] as number;
        if (rest !== 256) picture[out] = ((picture[out] as number) * rest + (weighted[at] as number) + 128) >> 8;
      }
    }
  });
}
