/** What a video device offers, from what FFmpeg says of it, and which of it to take. Pure. */
import type { DeviceMode } from '#appliance/contract/sources.ts';
import type { Raster } from '../capture-source.ts';
import { usualWithin } from './listing.ts';

/** Uncompressed pictures larger than this don't fit through USB 2 at 25 frames a second: 16 bits a pixel, about 35 MB/s. Where rates are not told. */
const RAW_PIXELS_MAX = 700_000;
/** A rate below this share of the program's shows. */
const FAST_ENOUGH = 0.95;

/**
 * Lines of `ffmpeg -f v4l2 -list_formats all`, e.g. `Compressed:       mjpeg :          Motion-JPEG : 1920x1080 1280x720`. Formats that
 * FFmpeg does not know are left out.
 */
export function modesIn(text: string): DeviceMode[] {
  return text.split('\n').flatMap((line) => {
    const found = /\] (?:Raw|Compressed) *: *([a-z0-9_]+) : .*? : *(.*)$/.exec(line);
    const [, format, sizes = ''] = found ?? [];
    return format === undefined || format === 'Unsupported' ? [] : sizesIn(sizes).map((size) => ({ format, ...size }));
  });
}

function sizesIn(text: string): Raster[] {
  const discrete = [...text.matchAll(/(?<![-{\d])(\d{2,5})x(\d{2,5})(?![-\d])/g)].map(([, width, height]) => ({ width: Number(width), height: Number(height) }));
  const free = [...text.matchAll(/\{(\d+)-(\d+), *\d+\}x\{(\d+)-(\d+), *\d+\}/g)].map(([, width, widest, height, highest]) => usualWithin([width, height, widest, highest].map(Number)));
  return [...discrete, ...free];
}

export interface WantedMode extends Raster {
  readonly fps: number;
}

/** Best first for a program of this size and rate: `copied` asks for H.264, which becomes a track without being encoded again. */
export function rankModes(modes: readonly DeviceMode[], program: WantedMode, copied: boolean): DeviceMode[] {
  return [...modes].toSorted((a, b) => cost(a, program, copied) - cost(b, program, copied));
}

/** The size counts before the format: too small is worst, then what no cable carries, then what is larger than needed. */
function cost(mode: DeviceMode, program: WantedMode, copied: boolean): number {
  const { format, width, height } = mode;
  const small = width < program.width || height < program.height;
  const unlike = Math.abs(width / height - program.width / program.height) > 0.05;
  const pixels = (width * height) / 1e6;
  return (small ? 1_000 - pixels * 10 : pixels * 10) + (unlike ? 200 : 0) + (isSlow(mode, program.fps) ? 2_000 : 0) + FORMAT_COST[copied ? 'copied' : 'decoded'][formatOf(format)];
}

/** Most cameras send their large pictures uncompressed at a few frames a second. */
function isSlow({ format, width, height, rates = [] }: DeviceMode, programFps: number): boolean {
  if (rates.length > 0) return Math.max(...rates) < programFps * FAST_ENOUGH;
  return formatOf(format) === 'raw' && width * height > RAW_PIXELS_MAX;
}

type Format = 'h264' | 'mjpeg' | 'raw' | 'other';
/** Raw needs no decoder; MJPEG has every picture whole; H.264 costs a few frames of delay in most cameras. */
const FORMAT_COST: Readonly<Record<'copied' | 'decoded', Readonly<Record<Format, number>>>> = {
  decoded: { raw: 0, mjpeg: 1, h264: 3, other: 5_000 },
  copied: { h264: 0, mjpeg: 100, raw: 101, other: 5_000 },
};
const RAW: ReadonlySet<string> = new Set(['yuyv422', 'uyvy422', 'yuv420p', 'yuv422p', 'nv12', 'rgb24', 'bgr24', 'bgr0', 'gray']);

function formatOf(format: string): Format {
  if (format === 'h264' || format === 'mjpeg') return format;
  return RAW.has(format) ? 'raw' : 'other';
}
