/**
 * What the RTMP process and the edge say to each other over their unix socket: frames of
 * `length (u32 BE, of what follows) · kind (u8) · session (u32 BE) · body`.
 */
import { CodedError } from '#kit/process/errors.ts';

export const KIND = {
  /** RTMP process: its ports, JSON `{ port, tlsPort }`; `tlsPort` is null without TLS. */
  listening: 1,
  /** RTMP process: an encoder with a good key, JSON `{ room, owner, rank, address }`. */
  opened: 2,
  /** RTMP process: one FLV tag: type (u8), time in ms (u32 BE), data. */
  tag: 3,
  /** RTMP process: the encoder has gone. */
  closed: 4,
  /** Edge: close this encoder's connection; JSON `{ reason }`. */
  refuse: 5,
  /** RTMP process: the encoder says when timestamp 0 was, JSON `{ epochUs }`, microseconds since 1970. */
  dated: 6,
  /** Edge: from now on publishing keys are signed with this, JSON `{ publicKeyPem }`. */
  key: 7,
  /** Edge: look at the certificate of RTMPS now. The session is the question's. */
  reload: 8,
  /** RTMP process: what came of it, JSON `{ changed, reason }`; `reason` where what was found is no good, else null. The session is the question's. */
  reloaded: 9,
} as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

export interface Message {
  readonly kind: Kind;
  readonly session: number;
  readonly body: Buffer;
}

const HEAD_BYTES = 9;
const MAX_BODY_BYTES = 8 * 1024 * 1024;

export function encode(kind: Kind, session: number, body: Buffer): Buffer {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.writeUInt32BE(HEAD_BYTES - 4 + body.length, 0);
  head.writeUInt8(kind, 4);
  head.writeUInt32BE(session, 5);
  return Buffer.concat([head, body]);
}

export function encodeJson(kind: Kind, session: number, value: object): Buffer {
  return encode(kind, session, Buffer.from(JSON.stringify(value)));
}

export function encodeTag(session: number, tag: { readonly type: number; readonly timestampMs: number; readonly data: Buffer }): Buffer {
  const head = Buffer.allocUnsafe(5);
  head.writeUInt8(tag.type, 0);
  head.writeUInt32BE(tag.timestampMs >>> 0, 1);
  return encode(KIND.tag, session, Buffer.concat([head, tag.data]));
}

export function decodeTag(body: Buffer): { type: number; timestampMs: number; data: Buffer } {
  return { type: body.readUInt8(0), timestampMs: body.readUInt32BE(1), data: body.subarray(5) };
}

/** Reads messages from chunks cut anywhere. @throws CodedError `bad_message` */
export class MessageReader {
  #pending: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Message[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const messages: Message[] = [];
    let at = 0;
    for (let message = readAt(this.#pending, at); message !== null; message = readAt(this.#pending, at)) {
      messages.push(message);
      at += HEAD_BYTES + message.body.length;
    }
    this.#pending = this.#pending.subarray(at);
    return messages;
  }
}

function readAt(bytes: Buffer, at: number): Message | null {
  if (bytes.length - at < HEAD_BYTES) return null;
  const length = bytes.readUInt32BE(at);
  const kind = bytes.readUInt8(at + 4);
  if (length < HEAD_BYTES - 4 || length > MAX_BODY_BYTES || kind < KIND.listening || kind > KIND.reloaded) {
    throw new CodedError('bad_message', 'The RTMP process said something that is no message.', { status: 500 });
  }
  if (bytes.length - at < 4 + length) return null;
  return { kind: kind as Kind, session: bytes.readUInt32BE(at + 5), body: bytes.subarray(at + HEAD_BYTES, at + 4 + length) };
}
