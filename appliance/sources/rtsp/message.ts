/** RTSP as bytes (RFC 2326), with the media that travel between its messages (section 10.12). Pure. */
import { CodedError } from '#kit/process/errors.ts';

export interface RtspResponse {
  readonly type: 'response';
  readonly status: number;
  readonly reason: string;
  /** By lower-case name; several of one name are in their order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

/** What a server asks of us: it is answered, and nothing else follows from it. */
export interface RtspServerRequest {
  readonly type: 'request';
  readonly method: string;
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

export interface InterleavedData {
  readonly type: 'data';
  readonly channel: number;
  /** One RTP or RTCP packet; a view on memory of its own. */
  readonly data: Buffer;
}

export type RtspUnit = RtspResponse | RtspServerRequest | InterleavedData;

export interface RtspRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const DOLLAR = 0x24;
const HEAD_END = '\r\n\r\n';
const MAX_HEAD_BYTES = 16 * 1024;
const MAX_BODY_BYTES = 64 * 1024;
/** Garbage in a row that is passed over; a device that sends more of it has lost its senses. */
const MAX_GARBAGE_BYTES = 256 * 1024;
/** Beginnings of what a server may send: answers, and the requests of RFC 2326 section 10. */
const BEGINNINGS = ['RTSP/1.0 ', 'OPTIONS ', 'ANNOUNCE ', 'REDIRECT ', 'SET_PARAMETER ', 'GET_PARAMETER ', 'TEARDOWN '];

export function buildRequest({ method, url, headers }: RtspRequest, cseq: number): string {
  const lines = Object.entries({ CSeq: String(cseq), ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${url} RTSP/1.0\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/** The answer to whatever a server asks: `200` to what keeps a session alive, `501` to the rest. */
export function buildAnswer({ method, headers }: RtspServerRequest): string {
  const known = ['OPTIONS', 'GET_PARAMETER', 'SET_PARAMETER', 'ANNOUNCE'].includes(method);
  return `RTSP/1.0 ${known ? '200 OK' : '501 Not Implemented'}\r\nCSeq: ${headers.get('cseq')?.[0] ?? '0'}\r\n\r\n`;
}

/**
 * Reads units from chunks cut anywhere. Bytes that begin nothing are passed over, so that media go on behind them; only
 * {@link MAX_GARBAGE_BYTES} of them in a row, or a message without end, throw `CodedError` `bad_rtsp`.
 */
export class RtspReader {
  #pending: Buffer = Buffer.alloc(0);
  #garbage = 0;

  push(chunk: Buffer): RtspUnit[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const units: RtspUnit[] = [];
    let at = 0;
    while (at < this.#pending.length) {
      const taken = this.#take(at, units);
      if (taken === 0) break;
      at += taken;
    }
    // A copy of the remainder, so that a small rest does not keep a large chunk alive.
    this.#pending = Buffer.from(this.#pending.subarray(at));
    return units;
  }

  /** Bytes passed at `at`, 0 where more must come first. */
  #take(at: number, units: RtspUnit[]): number {
    const rest = this.#pending.subarray(at);
    const found = rest[0] === DOLLAR ? readData(rest) : readMessage(rest);
    if (found === 'more') return 0;
    if (found === 'garbage') return this.#passOver(rest);
    this.#garbage = 0;
    units.push(found.unit);
    return found.bytes;
  }

  #passOver(rest: Buffer): number {
    const bytes = 1 + lengthUntilBeginning(rest.subarray(1));
    this.#garbage += bytes;
    if (this.#garbage > MAX_GARBAGE_BYTES) throw badRtsp('it sends bytes that are neither media nor messages');
    return bytes;
  }
}

type Found<T> = { readonly unit: T; readonly bytes: number } | 'more' | 'garbage';

function readData(rest: Buffer): Found<InterleavedData> {
  if (rest.length < 5) return 'more';
  // Both RTP and RTCP begin with version 2: a dollar sign that is followed by anything else is a letter in garbage.
  if (rest.readUInt8(4) >> 6 !== 2) return 'garbage';
  const bytes = 4 + rest.readUInt16BE(2);
  if (bytes < 8) return 'garbage';
  if (rest.length < bytes) return 'more';
  return { unit: { type: 'data', channel: rest.readUInt8(1), data: Buffer.from(rest.subarray(4, bytes)) }, bytes };
}

function readMessage(rest: Buffer): Found<RtspResponse | RtspServerRequest> {
  if (!mayBegin(rest)) return 'garbage';
  const headEnd = rest.indexOf(HEAD_END);
  if (headEnd === -1 || headEnd > MAX_HEAD_BYTES) {
    if (rest.length > MAX_HEAD_BYTES) throw badRtsp('a message has no end');
    return 'more';
  }
  const [first = '', ...lines] = rest.toString('latin1', 0, headEnd).split('\r\n');
  const headers = headersOf(lines);
  const length = Number(headers.get('content-length')?.[0] ?? 0);
  if (!Number.isInteger(length) || length < 0 || length > MAX_BODY_BYTES) throw badRtsp('a message has an impossible length');
  const bytes = headEnd + HEAD_END.length + length;
  if (rest.length < bytes) return 'more';
  return { unit: messageOf(first, headers, rest.toString('utf8', bytes - length, bytes)), bytes };
}

function messageOf(first: string, headers: RtspResponse['headers'], body: string): RtspResponse | RtspServerRequest {
  const answer = /^RTSP\/1\.0 (\d{3}) ?(.*)$/.exec(first);
  if (answer === null) return { type: 'request', method: first.split(' ')[0] ?? '', headers };
  return { type: 'response', status: Number(answer[1]), reason: answer[2] ?? '', headers, body };
}

function headersOf(lines: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  return headers;
}

/** Whether these bytes are, or may become, the first line of a message. */
function mayBegin(rest: Buffer): boolean {
  const seen = rest.toString('latin1', 0, 14);
  return BEGINNINGS.some((beginning) => beginning.startsWith(seen) || seen.startsWith(beginning));
}

function lengthUntilBeginning(bytes: Buffer): number {
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] === DOLLAR || mayBegin(bytes.subarray(at, at + 14))) return at;
  return bytes.length;
}

function badRtsp(why: string): CodedError {
  return new CodedError('bad_rtsp', `The camera's answers can't be read: ${why}. Check that its address is an RTSP address; restart the camera.`);
}
