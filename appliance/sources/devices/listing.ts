/** What v4l2-ctl(1) says that a video device offers. Pure. */
import type { DeviceMode } from '#appliance/contract/sources.ts';
import type { Raster } from '../capture-source.ts';

/** The kernel's four letters of a format (videodev2.h), and what FFmpeg calls it. Others no FFmpeg captures. */
const FORMATS: Readonly<Record<string, string>> = {
  MJPG: 'mjpeg', JPEG: 'mjpeg', H264: 'h264', YUYV: 'yuyv422', UYVY: 'uyvy422', NV12: 'nv12', YU12: 'yuv420p', '422P': 'yuv422p',
  RGB3: 'rgb24', BGR3: 'bgr24', BGR4: 'bgr0', XR24: 'bgr0', GREY: 'gray',
};
/** A size that a driver with free sizes is asked for, within its limits. */
const USUAL = { width: 1280, height: 720 };

/**
 * Lines of `v4l2-ctl --list-formats-ext`: `[0]: 'MJPG' (Motion-JPEG, compressed)`, under it `Size: Discrete 1280x720`, under that
 * `Interval: Discrete 0.033s (30.000 fps)`. Every mode is listed once, with its rates, highest first.
 */
export function modesInListing(text: string): DeviceMode[] {
  const modes = new Map<string, DeviceMode & { rates: number[] }>();
  const at: { format: string | undefined; mode: { rates: number[] } | undefined } = { format: undefined, mode: undefined };
  for (const line of text.split('\n')) {
    const letters = /\[\d+\]: '(.{4})'/.exec(line)?.[1];
    if (letters !== undefined) Object.assign(at, { format: FORMATS[letters.trim()], mode: undefined });
    const size = sizeIn(line);
    if (size !== null && at.format !== undefined) at.mode = once(modes, `${at.format} ${size.width}x${size.height}`, { format: at.format, ...size, rates: [] });
    const rate = rateIn(line);
    if (rate !== null && at.mode !== undefined && !at.mode.rates.includes(rate)) at.mode.rates.push(rate);
  }
  return [...modes.values()].map((mode) => ({ ...mode, rates: mode.rates.toSorted((a, b) => b - a) }));
}

function once<T>(known: Map<string, T>, key: string, fresh: T): T {
  const found = known.get(key) ?? fresh;
  known.set(key, found);
  return found;
}

function sizeIn(line: string): Raster | null {
  const discrete = /Size: Discrete (\d+)x(\d+)/.exec(line);
  if (discrete !== null) return { width: Number(discrete[1]), height: Number(discrete[2]) };
  const free = /Size: (?:Stepwise|Continuous) (\d+)x(\d+) - (\d+)x(\d+)/.exec(line);
  return free === null ? null : usualWithin(free.slice(1).map(Number));
}

/** `limits`: least width and height, greatest width and height. */
export function usualWithin([width = 0, height = 0, widest = 0, highest = 0]: readonly number[]): Raster {
  return { width: Math.max(width, Math.min(widest, USUAL.width)), height: Math.max(height, Math.min(highest, USUAL.height)) };
}

/** Of a range of rates the highest. */
function rateIn(line: string): number | null {
  const found = /Interval: .*\((?:[\d.]+-)?([\d.]+) fps\)/.exec(line);
  return found === null ? null : Math.round(Number(found[1]) * 100) / 100;
}
