/** What a camera says, from one frame. */
export type Reply =
  | { readonly type: 'ack' }
  | { readonly type: 'completion' }
  | { readonly type: 'answer'; readonly data: Buffer }
  | { readonly type: 'error'; readonly reason: ErrorReason };

export type ErrorReason = 'syntax' | 'buffer-full' | 'cancelled' | 'no-socket' | 'not-executable' | 'unknown';

const REASONS: Readonly<Record<number, ErrorReason>> = {
  0x02: 'syntax',
  0x03: 'buffer-full',
  0x04: 'cancelled',
  0x05: 'no-socket',
  0x41: 'not-executable',
};

/** Null for a frame that is no reply (another device's, or nonsense). */
export function parseReply(frame: Buffer): Reply | null {
  if (frame.length < 3 || frame.at(-1) !== 0xff) return null;
  const kind = frame.readUInt8(1) & 0xf0;
  if (kind === 0x40 && frame.length === 3) return { type: 'ack' };
  if (kind === 0x50 && frame.length === 3) return { type: 'completion' };
  if (kind === 0x50) return { type: 'answer', data: frame.subarray(2, -1) };
  if (kind === 0x60 && frame.length === 4) return { type: 'error', reason: REASONS[frame.readUInt8(2)] ?? 'unknown' };
  return null;
}

/** Steps of the pan and tilt motors in a degree: EVI, SRG and PTZOptics heads all count 14.4. */
const STEPS_PER_DEGREE = 14.4;

/** `90 50 0w 0w 0w 0w 0z 0z 0z 0z FF`, signed 16 bit each; null where the nibbles are none. */
export function panTiltOf(data: Buffer): { panDeg: number; tiltDeg: number } | null {
  const pan = data.length === 8 ? signedNibbles(data.subarray(0, 4)) : null;
  const tilt = data.length === 8 ? signedNibbles(data.subarray(4)) : null;
  return pan === null || tilt === null ? null : { panDeg: pan / STEPS_PER_DEGREE, tiltDeg: tilt / STEPS_PER_DEGREE };
}

/** Optical zoom ends at 4000 hex. */
const ZOOM_END = 0x4000;

/** `90 50 0p 0p 0p 0p FF` as a magnification, taken as linear up to `maxZoom`; null where the nibbles are none. */
export function zoomOf(data: Buffer, maxZoom: number): number | null {
  const position = data.length === 4 ? nibbles(data) : null;
  return position === null ? null : 1 + (Math.min(position, ZOOM_END) / ZOOM_END) * (maxZoom - 1);
}

function nibbles(data: Buffer): number | null {
  if (data.some((byte) => byte > 0x0f)) return null;
  return data.reduce((sum, nibble) => sum * 16 + nibble, 0);
}

function signedNibbles(data: Buffer): number | null {
  const value = nibbles(data);
  return value === null || value < 0x8000 ? value : value - 0x10000;
}
