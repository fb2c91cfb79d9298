/** Packets on a stream: 16 bits of length in front of each (RFC 4571 section 2, as ICE-TCP wants it, RFC 6544 section 3). Pure. */
const LENGTH_BYTES = 2;
/** A DTLS flight, or a packet of the largest MTU that is seen. */
const MAX_FRAME_BYTES = 9_000;

export function framed(datagram: Buffer): Buffer {
  const out = Buffer.allocUnsafe(LENGTH_BYTES + datagram.length);
  out.writeUInt16BE(datagram.length, 0);
  datagram.copy(out, LENGTH_BYTES);
  return out;
}

/** Puts packets together again from a stream that arrives in any pieces. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The whole packets so far, or null where this is no such stream: nothing more of it can be read. */
  push(chunk: Buffer): Buffer[] | null {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    let at = 0;
    while (at + LENGTH_BYTES <= bytes.length) {
      const length = bytes.readUInt16BE(at);
      if (length > MAX_FRAME_BYTES) return null;
      if (at + LENGTH_BYTES + length > bytes.length) break;
      if (length > 0) frames.push(bytes.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length));
      at += LENGTH_BYTES + length;
    }
    this.#rest = bytes.subarray(at);
    return frames;
  }
}
