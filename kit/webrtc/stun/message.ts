import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** STUN as bytes (RFC 8489), with the attributes that ICE uses (RFC 8445 section 7.1). Pure: no sockets, no clock. */
export const STUN = { bindingRequest: 0x0001, bindingIndication: 0x0011, bindingSuccess: 0x0101, bindingError: 0x0111 } as const;

export const ATTRIBUTE = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  software: 0x8022,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;

const MAGIC_COOKIE = 0x2112a442;
const HEADER_BYTES = 20;
/** RFC 8489 section 14.7: CRC-32 xored with "STUN" in ASCII. */
const FINGERPRINT_XOR = 0x5354554e;
/** No ICE message comes near; more is somebody else's traffic. */
const MAX_ATTRIBUTES = 32;

export interface StunAttribute {
  readonly type: number;
  readonly value: Buffer;
}

export interface StunMessage {
  readonly type: number;
  /** 12 bytes. */
  readonly transactionId: Buffer;
  readonly attributes: readonly StunAttribute[];
  /** Byte offset of the MESSAGE-INTEGRITY attribute in {@link raw}, or -1. */
  readonly integrityAt: number;
  /** Byte offset of the FINGERPRINT attribute in {@link raw}, or -1. */
  readonly fingerprintAt: number;
  readonly raw: Buffer;
}

/** The message, or null where the bytes are not one whole STUN message. */
export function parseStun(raw: Buffer): StunMessage | null {
  if (raw.length < HEADER_BYTES || raw.length % 4 !== 0) return null;
  const type = raw.readUInt16BE(0);
  if (type >= 0x4000 || raw.readUInt32BE(4) !== MAGIC_COOKIE) return null;
  if (raw.readUInt16BE(2) !== raw.length - HEADER_BYTES) return null;
  const attributes: StunAttribute[] = [];
  let integrityAt = -1;
  let fingerprintAt = -1;
  for (let at = HEADER_BYTES; at < raw.length; ) {
    if (at + 4 > raw.length || attributes.length >= MAX_ATTRIBUTES || fingerprintAt !== -1) return null;
    const kind = raw.readUInt16BE(at);
    const length = raw.readUInt16BE(at + 2);
    if (at + 4 + length > raw.length) return null;
    if (kind === ATTRIBUTE.fingerprint) fingerprintAt = at;
    else if (kind === ATTRIBUTE.messageIntegrity && integrityAt === -1) integrityAt = at;
    // RFC 8489 section 14.5: what follows MESSAGE-INTEGRITY is not protected by it and is ignored.
    else if (integrityAt === -1) attributes.push({ type: kind, value: raw.subarray(at + 4, at + 4 + length) });
    at += 4 + length + padding(length);
  }
  return { type, transactionId: raw.subarray(8, 20), attributes, integrityAt, fingerprintAt, raw };
}

export function attributeOf(message: StunMessage, type: number): Buffer | undefined {
  return message.attributes.find((attribute) => attribute.type === type)?.value;
}

/** Whether MESSAGE-INTEGRITY is there and was made with `password` (short-term credential: the key is the password itself). */
export function hasIntegrity(message: StunMessage, password: string): boolean {
  const at = message.integrityAt;
  if (at === -1 || message.raw.readUInt16BE(at + 2) !== 20 || at + 24 > message.raw.length) return false;
  const expected = integrityOf(message.raw.subarray(0, at), password);
  return timingSafeEqual(expected, message.raw.subarray(at + 4, at + 24));
}

/** Whether FINGERPRINT is there and right: ICE demands it of every check (RFC 8445 section 7.1.1). */
export function hasFingerprint(message: StunMessage): boolean {
  const at = message.fingerprintAt;
  if (at === -1 || at + 8 !== message.raw.length || message.raw.readUInt16BE(at + 2) !== 4) return false;
  return message.raw.readUInt32BE(at + 4) === fingerprintOf(message.raw.subarray(0, at));
}

/** A whole message with MESSAGE-INTEGRITY (where `password` is given) and FINGERPRINT. */
export function buildStun(type: number, transactionId: Buffer, attributes: readonly StunAttribute[], password?: string): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(type, 0);
  header.writeUInt32BE(MAGIC_COOKIE, 4);
  transactionId.copy(header, 8, 0, 12);
  let message = Buffer.concat([header, ...attributes.map(encodeAttribute)]);
  message.writeUInt16BE(message.length - HEADER_BYTES, 2);
  if (password !== undefined) message = append(message, ATTRIBUTE.messageIntegrity, integrityOf(message, password));
  const check = Buffer.alloc(4);
  check.writeUInt32BE(fingerprintOf(message));
  return append(message, ATTRIBUTE.fingerprint, check);
}

/** XOR-MAPPED-ADDRESS (RFC 8489 section 14.2) of an IPv4 or IPv6 address in text. */
export function xorMappedAddress(address: string, port: number, transactionId: Buffer): StunAttribute {
  const bytes = address.includes(':') ? ipv6Bytes(address) : Buffer.from(address.split('.').map(Number));
  const value = Buffer.alloc(4 + bytes.length);
  value.writeUInt8(bytes.length === 4 ? 1 : 2, 1);
  value.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), 2);
  const mask = Buffer.alloc(16);
  mask.writeUInt32BE(MAGIC_COOKIE, 0);
  transactionId.copy(mask, 4, 0, 12);
  for (const [index, byte] of bytes.entries()) value.writeUInt8(byte ^ mask.readUInt8(index), 4 + index);
  return { type: ATTRIBUTE.xorMappedAddress, value };
}

function ipv6Bytes(address: string): Buffer {
  const out = Buffer.alloc(16);
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const words = (text: string): number[] => (text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16) & 0xffff));
  for (const [index, word] of words(head).slice(0, 8).entries()) out.writeUInt16BE(word, index * 2);
  const last = words(tail ?? '').slice(0, 8);
  for (const [index, word] of last.entries()) out.writeUInt16BE(word, 16 - (last.length - index) * 2);
  return out;
}

function encodeAttribute(attribute: StunAttribute): Buffer {
  const out = Buffer.alloc(4 + attribute.value.length + padding(attribute.value.length));
  out.writeUInt16BE(attribute.type, 0);
  out.writeUInt16BE(attribute.value.length, 2);
  attribute.value.copy(out, 4);
  return out;
}

function append(message: Buffer, type: number, value: Buffer): Buffer<ArrayBuffer> {
  const out = Buffer.concat([message, encodeAttribute({ type, value })]);
  out.writeUInt16BE(out.length - HEADER_BYTES, 2);
  return out;
}

/** HMAC-SHA1 over everything before the attribute, with the length field as if the message ended with it (RFC 8489 section 14.5). */
function integrityOf(before: Buffer, password: string): Buffer {
  const header = Buffer.from(before.subarray(0, HEADER_BYTES));
  header.writeUInt16BE(before.length - HEADER_BYTES + 24, 2);
  return createHmac('sha1', password).update(header).update(before.subarray(HEADER_BYTES)).digest();
}

function fingerprintOf(before: Buffer): number {
  const header = Buffer.from(before.subarray(0, HEADER_BYTES));
  header.writeUInt16BE(before.length - HEADER_BYTES + 8, 2);
  return (crc32(before.subarray(HEADER_BYTES), crc32(header)) ^ FINGERPRINT_XOR) >>> 0;
}

function padding(length: number): number {
  return (4 - (length % 4)) % 4;
}
