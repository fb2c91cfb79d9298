/** What a camera says, from one frame. `socket` is 0 where the frame names none. */
export type Reply =
  | { readonly type: 'ack'; readonly socket: number }
  | { readonly type: 'completion'; readonly socket: number }
  | { readonly type: 'answer'; readonly data: Buffer }
  | { readonly type: 'error'; readonly socket: number; readonly reason: ErrorReason };

export type ErrorReason = 'syntax' | 'buffer-full' | 'cancelled' | 'no-socket' | 'not-executable' | 'unknown';

const REASONS: Readonly<Record<number, ErrorReason>> = {
  0x01: 'syntax',
  0x02: 'syntax',
  0x03: 'buffer-full',
  0x04: 'cancelled',
  0x05: 'no-socket',
  0x41: 'not-executable',
};

/** Null for a frame that is no reply (another device's, or nonsense). */
export function parseReply(frame: Buffer): Reply | null {
  if (frame.length < 3 || frame.at(-1) !== 0xff) return null;
  const code = frame.readUInt8(1);
  const socket = code & 0x0f;
  switch (code & 0xf0) {
    case 0x40:
      return frame.length === 3 ? { type: 'ack', socket } : null;
    case 0x50:
      return frame.length === 3 ? { type: 'completion', socket } : { type: 'answer', data: frame.subarray(2, -1) };
    case 0x60:
      return frame.length === 4 ? { type: 'error', socket, reason: REASONS[frame.readUInt8(2)] ?? 'unknown' } : null;
    default:
      return null;
  }
}

export interface StepPosition {
  readonly pan: number;
  readonly tilt: number;
  readonly panNibbles: 4 | 5;
}

/** `90 50 0w 0w 0w 0w (0w) 0z 0z 0z 0z FF`, two's complement; null where the nibbles are none. */
export function panTiltOf(data: Buffer): StepPosition | null {
  if (data.length !== 8 && data.length !== 9) return null;
  const panNibbles = data.length === 9 ? 5 : 4;
  const pan = signed(data.subarray(0, panNibbles));
  const tilt = signed(data.subarray(panNibbles));
  return pan === null || tilt === null ? null : { pan, tilt, panNibbles };
}

/** `90 50 0p 0p 0p 0p FF`; null where the nibbles are none. */
export function zoomPositionOf(data: Buffer): number | null {
  return data.length === 4 ? unsigned(data) : null;
}

/** `90 50 02|03 FF`: on or off, auto or manual; null for anything else. */
export function switchOf(data: Buffer): boolean | null {
  if (data.length !== 1 || (data[0] !== 0x02 && data[0] !== 0x03)) return null;
  return data[0] === 0x02;
}

export interface Version {
  readonly vendor: number;
  readonly model: number;
  readonly firmware: number;
}

/** `90 50 GG GG HH HH JJ JJ KK FF`: vendor, model, ROM revision, sockets. Some heads leave the last one out. */
export function versionOf(data: Buffer): Version | null {
  if (data.length !== 7 && data.length !== 6) return null;
  return { vendor: data.readUInt16BE(0), model: data.readUInt16BE(2), firmware: data.readUInt16BE(4) };
}

function unsigned(data: Buffer): number | null {
  return data.some((byte) => byte > 0x0f) ? null : data.reduce((sum, nibble) => sum * 16 + nibble, 0);
}

function signed(data: Buffer): number | null {
  const value = unsigned(data);
  const half = 2 ** (4 * data.length - 1);
  return value === null || value < half ? value : value - 2 * half;
}
