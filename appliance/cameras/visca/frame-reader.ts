const TERMINATOR = 0xff;
/** Header, 1 to 14 bytes, FF. */
const MAX_FRAME = 16;

/**
 * Cuts a byte stream into VISCA frames, however it arrives split or joined. Bytes that can't begin a reply (a camera's boot
 * message, line noise) are skipped; what grows longer than a frame can be loses its beginning. Never throws.
 */
export class FrameReader {
  #pending: number[] = [];

  push(chunk: Uint8Array): Buffer[] {
    const frames: Buffer[] = [];
    for (const byte of chunk) {
      if (this.#pending.length === 0 && !isReplyHeader(byte)) continue;
      this.#pending.push(byte);
      if (byte === TERMINATOR) frames.push(this.#take());
      else if (this.#pending.length >= MAX_FRAME) this.#shorten();
    }
    return frames;
  }

  #take(): Buffer {
    const frame = Buffer.from(this.#pending);
    this.#pending = [];
    return frame;
  }

  #shorten(): void {
    const next = this.#pending.findIndex((byte, index) => index > 0 && isReplyHeader(byte));
    this.#pending = next === -1 ? [] : this.#pending.slice(next);
  }
}

/** The frame without noise before it that happened to look like a header: from the last header on. */
export function lastFrameIn(frame: Buffer): Buffer {
  for (let at = frame.length - 3; at > 0; at--) if (isReplyHeader(frame.readUInt8(at))) return frame.subarray(at);
  return frame;
}

/**
 * `(address + 8) << 4`, or the broadcast that came round a serial chain. Some firmware answers as another address than it was called
 * by: with one camera on a link all will do.
 */
function isReplyHeader(byte: number): boolean {
  return (byte >= 0x90 && byte <= 0xf0 && (byte & 0x0f) === 0) || byte === 0x88;
}
