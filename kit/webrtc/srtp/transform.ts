/**
 * What one protection profile does to one packet (RFC 3711 section 3, RFC 7714). `aad` stays readable, `body` is hidden, both are
 * authenticated. `index` counts packets without wrapping: 48 bits for RTP, 31 for RTCP.
 */
export interface SrtpTransform {
  /** Bytes that protection adds to an RTP packet: 16 for GCM, 10 for the SHA-1 tag. */
  readonly tagBytes: number;
  sealRtp(aad: Buffer, body: Buffer, ssrc: number, index: number): Buffer;
  /** The plain body, or null where the tag is wrong. */
  openRtp(aad: Buffer, sealed: Buffer, ssrc: number, index: number): Buffer | null;
  /** A whole SRTCP packet of a whole RTCP compound. */
  sealRtcp(compound: Buffer, ssrc: number, index: number): Buffer;
  /** The compound and its index, or null where the packet is malformed or its tag is wrong. */
  openRtcp(packet: Buffer): { compound: Buffer; index: number } | null;
}

/** RFC 3711 section 3.4: the top bit of the SRTCP index word says that the packet is encrypted. */
export const ENCRYPTED_FLAG = 0x8000_0000;
/** Fixed part of an RTCP packet that stays readable. */
export const RTCP_CLEAR_BYTES = 8;
