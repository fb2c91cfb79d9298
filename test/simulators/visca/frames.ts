const TERMINATOR = 0xff;
/** The longest packet: header, 14 bytes, terminator (Sony EVI-D70 technical manual, "VISCA packet structure"). */
const LONGEST = 16;

/** Cuts a byte stream into frames that end in FF. Bounded: bytes beyond the longest packet are dropped, so that it reads as a syntax error. */
export class FrameSplitter {
  #bytes: number[] = [];

  push(chunk: Uint8Array): Buffer[] {
    const frames: Buffer[] = [];
    for (const byte of chunk) {
      if (this.#bytes.length < LONGEST) this.#bytes.push(byte);
      if (byte !== TERMINATOR) continue;
      this.#bytes[this.#bytes.length - 1] = TERMINATOR;
      frames.push(Buffer.from(this.#bytes));
      this.#bytes = [];
    }
    return frames;
  }
}
