/** Functions that are sent into a browser page as source, so each stands alone (see in-page.ts). */
interface Video {
  readonly videoWidth: number;
  readonly videoHeight: number;
}
interface Canvas {
  width: number;
  height: number;
  getContext(kind: '2d', options: { willReadFrequently: boolean }): { drawImage(video: Video, ...box: number[]): void; getImageData(...box: number[]): { readonly data: Uint8ClampedArray } };
}
declare const document: { querySelector(selector: string): Video | null; createElement(name: 'canvas'): Canvas };

/** What an element shows at some places (fractions of its picture): red, green and blue of 0 to 255; null while it shows nothing. */
export function coloursInPage({ selector, places }: { selector: string; places: readonly (readonly [x: number, y: number])[] }): number[][] | null {
  const video = document.querySelector(selector);
  if (video === null || video.videoWidth === 0) return null;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [160, 90];
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  pen.drawImage(video, 0, 0, 160, 90);
  return places.map(([x, y]) => [...pen.getImageData(Math.round(x * 160), Math.round(y * 90), 1, 1).data].slice(0, 3));
}
