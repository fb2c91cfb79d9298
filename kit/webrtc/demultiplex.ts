/** What a datagram is, by its first byte (RFC 7983); the second byte tells RTCP from RTP (RFC 5761 section 4). */
export type DatagramKind = 'stun' | 'dtls' | 'rtp' | 'rtcp' | 'unknown';

export function kindOf(datagram: Buffer): DatagramKind {
  if (datagram.length < 8) return 'unknown';
  const first = datagram.readUInt8(0);
  if (first <= 3) return 'stun';
  if (first >= 20 && first <= 63) return 'dtls';
  if (first < 128 || first > 191) return 'unknown';
  const second = datagram.readUInt8(1);
  return second >= 192 && second <= 223 ? 'rtcp' : 'rtp';
}
