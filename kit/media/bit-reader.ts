/** Reads big-endian bits and Exp-Golomb numbers (ITU-T H.264 section 9.1). Past the end it throws `RangeError`. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #bit = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get bitsLeft(): number {
    return this.#bytes.length * 8 - this.#bit;
  }

  /** Next `count` bits, 0 to 32, as an unsigned number. */
  bits(count: number): number {
    let value = 0;
    for (let done = 0; done < count; done += 1) value = value * 2 + this.#next();
    return value;
  }

  flag(): boolean {
    return this.#next() === 1;
  }

  skip(count: number): void {
    this.#bit += count;
    if (this.bitsLeft < 0) throw new RangeError('bitstream ends early');
  }

  /** ue(v). */
  unsignedGolomb(): number {
    let zeros = 0;
    while (this.#next() === 0) {
      zeros += 1;
      if (zeros > 32) throw new RangeError('Exp-Golomb number is too long');
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** se(v). */
  signedGolomb(): number {
    const code = this.unsignedGolomb();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }

  #next(): number {
    const byte = this.#bytes[this.#bit >> 3];
    if (byte === undefined) throw new RangeError('bitstream ends early');
    const value = (byte >> (7 - (this.#bit & 7))) & 1;
    this.#bit += 1;
    return value;
  }
}
