/**
 * The head of a request, where it can be read beyond doubt. Two who read the same bytes differently are how requests get smuggled: so this takes only what
 * every parser of HTTP/1.1 reads in the one way, and says nothing about the rest.
 */
export interface Head {
  readonly target: string;
  /** All fields and the empty line behind them. */
  readonly fields: Buffer;
  /** Of the whole head. */
  readonly bytes: number;
}

/** A playback token is 4 kB at most, cookies of the same host as much. */
export const MAX_HEAD_BYTES = 10_000;

const BEGINNING = 'GET /hls/';
const METHOD = 'GET ';
const VERSION = ' HTTP/1.1';
const CR = 0x0d;
const LF = 0x0a;
/** Where the head is over (RFC 9112 section 2.1). */
const HEAD_END = '\r\n\r\n';
/** Token, colon, printable value: no line folding, nothing before the colon, no bare CR or LF (RFC 9112 section 5). */
const FIELDS = /^(?:[\w!#$%&'*+.^`|~-]+:[ -~]*\r\n)+\r\n$/;
/** What says that a body follows, or that the connection is to become something else. What is optional for a server (ranges, conditions) changes nothing. */
const FRAMING = /^(?:content-length|transfer-encoding|trailer|te|upgrade|expect|connection(?!: *keep-alive *\r)):/im;
const HOST = /^host:/gim;

/**
 * Null where somebody else has to read it. `known` are fields that were read before, most often by the same client, who writes the same again. What the target may be
 * made of, `readAsk` knows.
 */
export function readHead(bytes: Buffer, known: Buffer | null = null): Head | 'unfinished' | null {
  const lineEnd = bytes.indexOf(CR);
  if (lineEnd < 0) return mayGoOn(bytes) ? 'unfinished' : null;
  const line = bytes.toString('latin1', 0, lineEnd);
  if (!line.startsWith(BEGINNING) || !line.endsWith(VERSION) || (bytes[lineEnd + 1] ?? LF) !== LF) return null;
  const fields = fieldsAt(bytes, lineEnd + 2, known);
  if (fields === null) return mayGoOn(bytes) ? 'unfinished' : null;
  const length = lineEnd + 2 + fields.length;
  if (length > MAX_HEAD_BYTES) return null;
  return fields === known || areClear(fields.toString('latin1')) ? { target: line.slice(METHOD.length, -VERSION.length), fields, bytes: length } : null;
}

/** Null while there is no end of them. */
function fieldsAt(bytes: Buffer, at: number, known: Buffer | null): Buffer | null {
  if (known !== null && at + known.length <= bytes.length && bytes.compare(known, 0, known.length, at, at + known.length) === 0) return known;
  // There may be none at all.
  const end = bytes.indexOf(HEAD_END, at - 2);
  // They are kept, and whatever they came in is not.
  return end < 0 ? null : Buffer.from(bytes.subarray(at, end + HEAD_END.length));
}

function mayGoOn(bytes: Buffer): boolean {
  return bytes.length <= MAX_HEAD_BYTES && BEGINNING.startsWith(bytes.toString('latin1', 0, BEGINNING.length));
}

/** `fields` with the empty line. */
function areClear(fields: string): boolean {
  return FIELDS.test(fields) && !FRAMING.test(fields) && fields.match(HOST)?.length === 1;
}
