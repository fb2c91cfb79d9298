/**
 * Capture times as one viewer gets them: they never go back, whatever publishers and layers follow each other, because a receiver
 * drops what is older than it has shown. All times in microseconds since 1970.
 */
import type { PacketizedFrame } from '#kit/webrtc/types.ts';

const STEP_US = 1_000;
/** A clock that is set back further than this is followed: stamping its frames by steps would take too long to catch up. */
const FOLLOW_BACK_US = 5_000_000;

export function nextStamp(lastUs: number | null, captureUs: number): number {
  if (lastUs === null || captureUs > lastUs || lastUs - captureUs > FOLLOW_BACK_US) return captureUs;
  return lastUs + STEP_US;
}

/**
 * A group of pictures pressed together at its end: a receiver that got them at their own pace would stay one group behind.
 * The last frame keeps its time, the earlier ones lie a millisecond apart before it.
 */
export function pressed(frames: readonly PacketizedFrame[]): PacketizedFrame[] {
  const lastUs = frames.at(-1)?.captureUs ?? 0;
  return frames.map((frame, index) => ({ ...frame, captureUs: lastUs - (frames.length - 1 - index) * STEP_US }));
}

/** A decoder of sound counts samples: a packet whose time differs from the count by less than this is taken to follow. */
const UNEVEN_US = 10_000;

/**
 * Times of sound packets as their samples say. Publishers that stamp in whole milliseconds (RTMP) would otherwise make a browser's
 * jitter buffer see a small gap or overlap, and conceal it, with every packet.
 */
export function evenStamp(expectedUs: number | null, captureUs: number): number {
  return expectedUs !== null && Math.abs(captureUs - expectedUs) < UNEVEN_US ? expectedUs : captureUs;
}
