/** NTP timestamps as RTCP carries them: seconds since 1900 in 32.32 fixed point (RFC 3550 section 4). */
const NTP_EPOCH_SECONDS = 2_208_988_800n;

export function ntpOf(epochUs: number): bigint {
  const us = BigInt(Math.round(epochUs));
  return ((us / 1_000_000n + NTP_EPOCH_SECONDS) << 32n) | (((us % 1_000_000n) << 32n) / 1_000_000n);
}

/** Microseconds since 1970, rounded to the nearest. */
export function epochUsOf(ntp: bigint): number {
  const fraction = ((ntp & 0xffffffffn) * 1_000_000n + 0x80000000n) >> 32n;
  return Number(((ntp >> 32n) - NTP_EPOCH_SECONDS) * 1_000_000n + fraction);
}

/** The middle 32 bits, which report blocks quote. */
export function compactNtp(ntp: bigint): number {
  return Number((ntp >> 16n) & 0xffffffffn);
}
