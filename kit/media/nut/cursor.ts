/**
 * Reads NUT's variable-length numbers from bytes that may end early. A read past the end answers 0 and sets {@link short}, so a
 * parser reads a whole structure straight through and looks once at the end whether to wait for more.
 */
export class NutCursor {
  readonly #bytes: Buffer;
  #at: number;
  #short = false;

  constructor(bytes: Buffer, at: number = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  get short(): boolean {
    return this.#short;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) {
      this.#short = true;
      return 0;
    }
    this.#at += 1;
    return byte;
  }

  /** `v`: 7 bits a byte, most significant first; beyond 2^53 it loses low bits, which only invalid files have. */
  v(): number {
    let value = 0;
    let byte = this.u8();
    while ((byte & 0x80) !== 0) {
      value = value * 128 + (byte & 0x7f);
      byte = this.u8();
    }
    return value * 128 + byte;
  }

  /** `s`: signed numbers interleaved over `v`. */
  s(): number {
    const code = this.v() + 1;
    return code % 2 === 1 ? -(code - 1) / 2 : code / 2;
  }

  /** `vb`: a length and that many bytes. */
  vb(): Buffer {
    return this.take(this.v());
  }

  take(count: number): Buffer {
    if (count > this.left) {
      this.#short = true;
      return Buffer.alloc(0);
    }
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }
}
