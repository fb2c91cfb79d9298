const TERMINATOR = 0xff;
/** Header, 1 to 14 bytes, FF. */
const MAX_FRAME = 16;

/**
 * Cuts a byte stream into VISCA frames, however it arrives split or joined. Bytes that can't begin a reply (a camera's boot
 * message, line noise) are skipped, and so is what grows longer than a frame can be. Never throws.
 */
export class FrameReader {
  #pending: number[] = [];

  push(chunk: Uint8Array): Buffer[] {
    const frames: Buffer[] = [];
    for (const byte of chunk) {
      if (this.#pending.length === 0 && !isReplyHeader(byte)) continue;
      this.#pending.push(byte);
      if (byte === TERMINATOR) frames.push(this.#take());
      else if (this.#pending.length >= MAX_FRAME) this.#pending = [];
    }
    return frames;
  }

  #take(): Buffer {
    const frame = Buffer.from(this.#pending);
    this.#pending = [];
    return frame;
  }
}

/** `(address + 8) << 4`. Some firmware answers as another address than it was called by: with one camera on a link all will do. */
function isReplyHeader(byte: number): boolean {
  return byte >= 0x90 && byte <= 0xf0 && (byte & 0x0f) === 0;
}
