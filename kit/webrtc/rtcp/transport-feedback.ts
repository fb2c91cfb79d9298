/**
 * Transport-wide feedback as bytes (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1): which of all packets of a connection
 * arrived, and when. Pure.
 */
export interface TransportFeedback {
  readonly baseSequence: number;
  /** Arrival in milliseconds on the receiver's clock (24 bits of 64 ms, so it wraps every 12 days), or null; the first is `baseSequence`. */
  readonly arrivals: readonly (number | null)[];
}

/** More than this is no report of ours or of a browser. */
const MAX_STATUSES = 8192;
const FIXED_BYTES = 16;
const REFERENCE_MS = 64;
const TICKS_PER_MS = 4;
const NOT_RECEIVED = 0;
const SMALL_DELTA = 1;
const LARGE_DELTA = 2;
const VECTOR_SYMBOLS = 7;
const MAX_RUN = 0x1fff;

/** `body` is without the common header; null where it is malformed. */
export function parseTransportFeedback(body: Buffer): TransportFeedback | null {
  if (body.length < FIXED_BYTES) return null;
  const count = body.readUInt16BE(10);
  if (count === 0 || count > MAX_STATUSES) return null;
  const chunks = parseChunks(body, count);
  if (chunks === null) return null;
  const arrivals = parseDeltas(body, chunks);
  return arrivals === null ? null : { baseSequence: body.readUInt16BE(8), arrivals };
}

function parseChunks(body: Buffer, count: number): { readonly statuses: readonly number[]; readonly end: number } | null {
  const statuses: number[] = [];
  let at = FIXED_BYTES;
  for (; statuses.length < count; at += 2) {
    if (at + 2 > body.length) return null;
    const chunk = body.readUInt16BE(at);
    const symbols = symbolsOf(chunk);
    for (let index = 0; index < symbols.length && statuses.length < count; index += 1) statuses.push(symbols[index] ?? NOT_RECEIVED);
  }
  return { statuses, end: at };
}

/** Run of one symbol, or a vector of 14 one-bit or 7 two-bit symbols. */
function symbolsOf(chunk: number): number[] {
  if ((chunk & 0x8000) === 0) return new Array<number>(chunk & MAX_RUN).fill((chunk >> 13) & 3);
  const [width, mask] = (chunk & 0x4000) === 0 ? [1, 1] : [2, 3];
  const symbols: number[] = [];
  for (let shift = 14 - width; shift >= 0; shift -= width) symbols.push((chunk >> shift) & mask);
  return symbols;
}

function parseDeltas(body: Buffer, { statuses, end }: { readonly statuses: readonly number[]; readonly end: number }): (number | null)[] | null {
  const arrivals: (number | null)[] = [];
  let ticks = body.readUIntBE(12, 3) * REFERENCE_MS * TICKS_PER_MS;
  let at = end;
  for (const status of statuses) {
    const bytes = status === SMALL_DELTA || status === LARGE_DELTA ? status : 0;
    if (status > LARGE_DELTA || at + bytes > body.length) return null;
    if (status === SMALL_DELTA) ticks += body.readUInt8(at);
    if (status === LARGE_DELTA) ticks += body.readInt16BE(at);
    at += bytes;
    arrivals.push(bytes === 0 ? null : ticks / TICKS_PER_MS);
  }
  return arrivals;
}

/** The packet's body, padded to whole words; `arrivals` begins with a received packet and no step in it is over 8 s. */
export function transportFeedbackBody(senderSsrc: number, mediaSsrc: number, feedback: TransportFeedback, count: number): Buffer {
  const first = feedback.arrivals.find((arrival) => arrival !== null) ?? 0;
  const reference = Math.floor(first / REFERENCE_MS);
  const deltas = deltasOf(feedback.arrivals, reference * REFERENCE_MS * TICKS_PER_MS);
  const chunks = chunksOf(deltas.map(statusOf));
  const deltaBytes = deltas.reduce<number>((sum, delta) => sum + statusOf(delta), 0);
  const body = Buffer.alloc(Math.ceil((FIXED_BYTES + chunks.length * 2 + deltaBytes) / 4) * 4);
  body.writeUInt32BE(senderSsrc, 0);
  body.writeUInt32BE(mediaSsrc, 4);
  body.writeUInt16BE(feedback.baseSequence, 8);
  body.writeUInt16BE(deltas.length, 10);
  body.writeUIntBE(reference & 0xffffff, 12, 3);
  body.writeUInt8(count & 0xff, 15);
  let at = FIXED_BYTES;
  for (const chunk of chunks) at = body.writeUInt16BE(chunk, at);
  for (const delta of deltas) if (delta !== null) at = statusOf(delta) === SMALL_DELTA ? body.writeUInt8(delta, at) : body.writeInt16BE(delta, at);
  return body;
}

function deltasOf(arrivals: readonly (number | null)[], referenceTicks: number): (number | null)[] {
  let before = referenceTicks;
  return arrivals.map((arrival) => {
    if (arrival === null) return null;
    const ticks = Math.round(arrival * TICKS_PER_MS);
    const delta = Math.max(-0x8000, Math.min(0x7fff, ticks - before));
    before += delta;
    return delta;
  });
}

function statusOf(delta: number | null): number {
  if (delta === null) return NOT_RECEIVED;
  return delta >= 0 && delta <= 0xff ? SMALL_DELTA : LARGE_DELTA;
}

/** Long runs of one symbol as runs, the rest as vectors. */
function chunksOf(statuses: readonly number[]): number[] {
  const chunks: number[] = [];
  for (let at = 0; at < statuses.length; ) {
    const symbol = statuses[at] ?? NOT_RECEIVED;
    let run = 1;
    while (run < MAX_RUN && at + run < statuses.length && statuses[at + run] === symbol) run += 1;
    if (run >= VECTOR_SYMBOLS || at + run === statuses.length) {
      chunks.push((symbol << 13) | run);
      at += run;
    } else {
      chunks.push(vectorOf(statuses.slice(at, at + VECTOR_SYMBOLS)));
      at += VECTOR_SYMBOLS;
    }
  }
  return chunks;
}

function vectorOf(symbols: readonly number[]): number {
  return symbols.reduce((bits, symbol, index) => bits | (symbol << (12 - index * 2)), 0xc000);
}
