import { sleep } from '#kit/process/supervisor.ts';
import type { CaptureOptions, CaptureSource, OpenCapture, ResolveAddress } from './capture-source.ts';
import { FfmpegCapture } from './ffmpeg-capture.ts';
import { ResolvedCapture } from './resolved-capture.ts';
import { RtspCapture } from './rtsp-capture.ts';

/** The way of capturing that a source's URL asks for. */
export function openCapture(options: CaptureOptions, openShare: OpenCapture | undefined, resolve?: ResolveAddress): CaptureSource {
  if (options.source.kind === 'share') return openShare?.(options) ?? NOBODY;
  if (options.source.url.startsWith('onvif:')) return new ResolvedCapture(options, resolve);
  return /^rtsps?:/.test(options.source.url) ? new RtspCapture(options) : new FfmpegCapture(options);
}

/** Nothing is ever shared: the source stays absent. */
const NOBODY: CaptureSource = {
  run: (signal) => sleep(2 ** 31 - 1, signal),
  reported: () => undefined,
};
