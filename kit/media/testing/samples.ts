import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { canonicalAccessUnit, isKeyframe, parameterSetsOf } from '../h264.ts';
import { NutReader, ptsToUs } from '../nut.ts';
import type { AudioPacket, VideoPacket } from '../packet.ts';

const run = promisify(execFile);
const MAX_BYTES = 64 * 1024 * 1024;

/** A fixed epoch for tests: 2026-01-01T00:00:00Z in microseconds. */
export const TEST_EPOCH_US = Date.UTC(2026, 0, 1) * 1000;

export interface VideoSample {
  readonly seconds: number;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly keyframeEvery?: number;
  readonly layer?: string;
}

/** Real H.264 from FFmpeg's test picture, as the packets the product carries. */
export async function sampleVideo(options: VideoSample): Promise<VideoPacket[]> {
  const { seconds, width = 320, height = 180, fps = 25, keyframeEvery = fps, layer = '180p' } = options;
  const input = ['-f', 'lavfi', '-i', `testsrc2=size=${width}x${height}:rate=${fps}`, '-t', String(seconds), '-pix_fmt', 'yuv420p'];
  const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-profile:v', 'baseline', '-g', String(keyframeEvery), '-sc_threshold', '0'];
  const nut = await ffmpegNut([...input, ...codec]);
  return new NutReader().push(nut).map((packet) => {
    const data = canonicalAccessUnit(packet.data, parameterSetsOf(packet.stream.extradata));
    const captureUs = TEST_EPOCH_US + ptsToUs(packet.pts, packet.timeBase);
    return { kind: 'video', codec: 'h264', layer, captureUs, durationUs: 1_000_000 / fps, keyframe: isKeyframe(data), data };
  });
}

/** FFmpeg source of a tone that begins after a second of silence. */
export const TONE_AFTER_ONE_SECOND = "aevalsrc='if(gte(t,1),0.8*sin(2*PI*1000*t),0)':sample_rate=48000";

/** Real AAC or Opus in stereo, of a 440 Hz tone unless said otherwise. Capture times are the encoder's timestamps, priming not taken off. */
export async function sampleAudio(codec: 'aac' | 'opus', seconds: number, source: string = 'sine=frequency=440:sample_rate=48000', bitrate: string = '96k'): Promise<AudioPacket[]> {
  const channels = 2;
  const input = ['-f', 'lavfi', '-i', source, '-t', String(seconds), '-ac', String(channels)];
  const nut = await ffmpegNut([...input, '-c:a', codec === 'aac' ? 'aac' : 'libopus', '-b:a', bitrate]);
  const durationUs = codec === 'aac' ? (1024 * 1_000_000) / 48_000 : 20_000;
  return new NutReader().push(nut).map((packet) => {
    const captureUs = TEST_EPOCH_US + ptsToUs(packet.pts, packet.timeBase);
    return { kind: 'audio', codec, captureUs, durationUs, channels, data: packet.data };
  });
}

/** What FFmpeg writes as NUT for these arguments. */
export async function ffmpegNut(args: readonly string[]): Promise<Buffer> {
  const { stdout } = await run('ffmpeg', ['-v', 'error', ...args, '-f', 'nut', '-write_index', '0', 'pipe:1'], {
    encoding: 'buffer',
    maxBuffer: MAX_BYTES,
  });
  return stdout;
}
