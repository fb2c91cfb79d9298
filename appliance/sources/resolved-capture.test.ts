import { expect, it, vi } from 'vitest';
import { CodedError } from '#kit/process/errors.ts';
import type { CaptureOptions } from './capture-source.ts';
import { ResolvedCapture } from './resolved-capture.ts';

const begun: string[] = [];
const dismissed: string[] = [];
let refuses = '';
vi.mock(import('./rtsp-capture.ts'), () => ({
  RtspCapture: class {
    readonly #url: string;
    constructor({ source }: CaptureOptions) {
      this.#url = source.url;
    }
    async run(): Promise<void> {
      begun.push(this.#url);
      if (refuses !== '') throw new CodedError(refuses, 'no');
    }
    dismiss(): void {
      dismissed.push(this.#url);
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

it.each(['rtsp_refused', 'rtsp_unreachable', 'no_stream'])('does not go back to an address that ended in %s before its camera has said where it is', async (code) => {
  const late = Promise.withResolvers<string>();
  const answers: (() => Promise<string>)[] = [
    async () => 'rtsp://old/1',
    () => Promise.reject(new CodedError('camera_unreachable', 'wrong password')),
    () => late.promise,
  ];
  const capture = new ResolvedCapture(options, () => answers.shift()?.() ?? expect.fail('asked once too often'));
  refuses = code;
  await expect(capture.run(signal)).rejects.toMatchObject({ code });
  refuses = '';
  const before = begun.length;
  await expect(capture.run(signal)).rejects.toThrow('wrong password');
  expect([begun.length, dismissed.at(-1)]).toEqual([before, 'rtsp://old/1']);
  vi.useFakeTimers();
  const running = capture.run(signal);
  await vi.advanceTimersByTimeAsync(60_000);
  vi.useRealTimers();
  expect(begun).toHaveLength(before);
  late.resolve('rtsp://new/1');
  await running;
  expect(begun.at(-1)).toBe('rtsp://new/1');
});
