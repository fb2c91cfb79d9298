import type { Raster } from '../sources/capture-source.ts';
import { letterboxed } from '../sources/letterbox.ts';

const QUIET: readonly string[] = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error'];

/** Ends an access unit for the parser, which otherwise waits for the next one to begin (ITU-T H.264 section 7.3.2.4). */
export const ACCESS_UNIT_DELIMITER = Buffer.from([0, 0, 0, 1, 0x09, 0xf0]);

/**
 * FFmpeg's argument list for a laptop's picture: H.264 access units (Annex B, each followed by a delimiter) on standard input, I420 at
 * `raster` on the unix socket, letterboxed and never stretched, whatever size the shared window takes. No frame is held anywhere: not to
 * learn the frame rate, not by frame threads, which the raw "encoder" has too.
 */
export function pictureDecoderArguments(raster: Raster, socketPath: string): string[] {
  return [
    ...QUIET,
    '-f', 'h264', '-probesize', '2048', '-analyzeduration', '1', '-fpsprobesize', '0', '-flags', 'low_delay', '-threads', '1', '-i', 'pipe:0',
    '-map', '0:v:0', '-filter_threads', '1', '-vf', letterboxed(raster).join(','), '-fps_mode', 'passthrough', '-threads', '1', '-f', 'rawvideo',
    ...toSocket(socketPath),
  ];
}

/** The same for its sound: Ogg Opus on standard input, s16le stereo at 48 kHz on the unix socket. */
export function soundDecoderArguments(socketPath: string): string[] {
  return [
    ...QUIET,
    '-probesize', '32', '-analyzeduration', '0', '-f', 'ogg', '-c:a', 'libopus', '-i', 'pipe:0',
    '-map', '0:a:0', '-ac', '2', '-ar', '48000', '-c:a', 'pcm_s16le', '-f', 's16le',
    ...toSocket(socketPath),
  ];
}

const toSocket = (path: string): string[] => ['-flush_packets', '1', '-listen', '1', `unix:${path}`];
