import { CodedError } from '../../process/errors.ts';

/** The simple handshake (RTMP 1.0 section 5.2): nothing is proven by it, TLS is there for that. */
const VERSION = 3;
const PART_BYTES = 1_536;
const FIXED_BYTES = 8;

/** C0 and C1. `noise`: as many random bytes as {@link NOISE_BYTES}. */
export function helloOf(noise: Buffer): Buffer {
  return Buffer.concat([Buffer.from([VERSION]), Buffer.alloc(FIXED_BYTES), noise]);
}

export const NOISE_BYTES = PART_BYTES - FIXED_BYTES;

/** C2, and what came behind S0, S1 and S2; null while they have not all come. @throws CodedError `bad_rtmp` */
export function answerOf(received: Buffer): { readonly answer: Buffer; readonly rest: Buffer } | null {
  const version = received[0];
  if (version !== undefined && version !== VERSION) throw new CodedError('bad_rtmp', 'The far end does not speak RTMP.');
  if (received.length < 1 + 2 * PART_BYTES) return null;
  return { answer: Buffer.from(received.subarray(1, 1 + PART_BYTES)), rest: Buffer.from(received.subarray(1 + 2 * PART_BYTES)) };
}
