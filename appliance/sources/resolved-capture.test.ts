import { expect, it, vi } from 'vitest';
import { CodedError } from '#kit/process/errors.ts';
import type { CaptureOptions } from './capture-source.ts';
import { ResolvedCapture } from './resolved-capture.ts';

const begun: string[] = [];
vi.mock(import('./rtsp-capture.ts'), () => ({
  RtspCapture: class {
    readonly #url: string;
    constructor({ source }: CaptureOptions) {
      this.#url = source.url;
    }
    async run(): Promise<void> {
      begun.push(this.#url);
    }
  } as never,
}));

const options = { source: { id: 'camera', name: 'Camera', kind: 'camera', url: 'onvif:camera' }, raster: { width: 320, height: 180 }, programFps: 25, socketPath: '/none', news: {}, wallUs: (us: number) => us } as const;
const { signal } = new AbortController();

it('asks for the address at every start, and takes the last one where a camera that is away does not answer', async () => {
  const answers: (() => Promise<string>)[] = [
    () => Promise.reject(new CodedError('camera_unreachable', 'not connected')),
    async () => 'rtsp://a/1',
    () => Promise.reject(new CodedError('camera_unreachable', 'not connected')),
    () => new Promise(() => undefined),
    async () => 'rtsp://a/2',
  ];
  const capture = new ResolvedCapture(options, () => answers.shift()?.() ?? expect.fail('asked once too often'));
  await expect(capture.run(signal)).rejects.toThrow('not connected');
  for (const url of ['rtsp://a/1', 'rtsp://a/1', 'rtsp://a/1', 'rtsp://a/2']) {
    await capture.run(signal);
    expect(begun.at(-1)).toBe(url);
  }
  expect(answers).toEqual([]);
});
