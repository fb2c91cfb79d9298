/** What a frame may be at most, the same for both pumps: `native/pump.h` has these numbers too. */

/** Of payload: with headers, extensions and tag around it a datagram still fits Ethernet's 1,500 bytes. */
export const MAX_PAYLOAD_BYTES = 1380;
/** 4.6 MB in packets of usual size: more than the largest keyframe that is taken in. */
export const MAX_FRAME_PAYLOADS = 4096;

const judged = new WeakMap<readonly Buffer[], boolean>();

/** Whether a frame is within the limits. Asked for each viewer, looked at once. */
export function canLeave(payloads: readonly Buffer[]): boolean {
  const known = judged.get(payloads);
  if (known !== undefined) return known;
  const within = payloads.length <= MAX_FRAME_PAYLOADS && payloads.every(({ length }) => length <= MAX_PAYLOAD_BYTES);
  judged.set(payloads, within);
  return within;
}
