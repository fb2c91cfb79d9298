/** Arithmetic on counters that wrap (RFC 3550 appendix A.1). */

/** How far `to` is ahead of `from` on a 16-bit circle: -32768 to 32767. */
export function sequenceDelta(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}

/** How far `to` is ahead of `from` on a 32-bit circle. */
export function timestampDelta(from: number, to: number): number {
  return (to - from) | 0;
}

/** The number nearest to `reference` (counted without wrapping) whose low 16 bits are `sequence`. */
export function unwrapSequence(reference: number, sequence: number): number {
  return reference + sequenceDelta(reference & 0xffff, sequence);
}
