/** A piece of a handshake message (RFC 6347 section 4.2.3), by the names that werift gives its fields. */
export interface Fragment {
  readonly msg_type: number;
  /** Of the whole message, as the far end claims; so is `fragment_length`, of this piece. */
  readonly length: number;
  readonly message_seq: number;
  readonly fragment_offset: number;
  readonly fragment_length: number;
  readonly fragment: Buffer;
}

/** The longest that anybody sends is a chain of certificates. The claim alone makes werift set memory aside, and read all of it. */
const MAX_MESSAGE_BYTES = 16 * 1024;
/** Such a message over a path of 256 bytes. */
const MAX_PIECES = 64;

/**
 * Puts one message at a time together, its pieces in order. What does not continue it is dropped: the far end repeats what is not answered (RFC 6347
 * section 4.2.4), and nothing is held but the bytes that came. werift would take the last piece for the end, with zeros where one is missing.
 */
export class FragmentJoiner<Piece extends Fragment> {
  #pieces: Piece[] = [];

  /** All pieces of the message that this one completes, in order; none while something is missing. */
  push(piece: Piece): Piece[] {
    if (!isSound(piece)) return [];
    if (piece.fragment_length === piece.length) return [piece];
    if (!this.#continues(piece)) {
      if (piece.fragment_offset !== 0) return [];
      this.#pieces = [];
    }
    if (endOf(piece) > endOf(this.#pieces.at(-1))) this.#pieces.push(piece);
    if (endOf(this.#pieces.at(-1)) === piece.length || this.#pieces.length >= MAX_PIECES) return this.#take(piece.length);
    return [];
  }

  #continues(piece: Piece): boolean {
    const last = this.#pieces.at(-1);
    return last !== undefined && isSameMessage(last, piece) && piece.fragment_offset <= endOf(last);
  }

  #take(length: number): Piece[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return endOf(pieces.at(-1)) === length ? pieces : [];
  }
}

/** What it claims is there, and within a message that somebody may mean. */
function isSound(piece: Fragment): boolean {
  return piece.length <= MAX_MESSAGE_BYTES && piece.fragment.length === piece.fragment_length && endOf(piece) <= piece.length;
}

function isSameMessage(one: Fragment, other: Fragment): boolean {
  return one.msg_type === other.msg_type && one.message_seq === other.message_seq && one.length === other.length;
}

function endOf(piece: Fragment | undefined): number {
  return piece === undefined ? 0 : piece.fragment_offset + piece.fragment_length;
}
