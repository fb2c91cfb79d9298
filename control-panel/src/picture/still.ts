/** The program's video element of the moment, for pictures of a view that is saved. */
const shown = new Set<HTMLVideoElement>();

/** `{@attach provideStill}` on the element whose picture may be taken. */
export function provideStill(video: HTMLVideoElement): () => void {
  shown.add(video);
  return () => shown.delete(video);
}

const WIDTH = 192;
const HEIGHT = 108;

/** A small JPEG (data URL) of a part of the program as it is now, in fractions of it; null while there is no picture. */
export function takePart({ x, y, width, height }: { x: number; y: number; width: number; height: number }): string | null {
  const video = [...shown].find(({ videoWidth }) => videoWidth > 0);
  if (video === undefined) return null;
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const { videoWidth, videoHeight } = video;
  canvas.getContext('2d')?.drawImage(video, x * videoWidth, y * videoHeight, width * videoWidth, height * videoHeight, 0, 0, WIDTH, HEIGHT);
  return canvas.toDataURL('image/jpeg', 0.7);
}
