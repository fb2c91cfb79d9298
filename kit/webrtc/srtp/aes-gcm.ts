import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { deriveKey, LABEL } from './key-derivation.ts';
import { ENCRYPTED_FLAG, RTCP_CLEAR_BYTES, type SrtpTransform } from './transform.ts';

const TAG_BYTES = 16;
const SALT_BYTES = 12;

/** AEAD_AES_128_GCM (RFC 7714). Keys are kept as `KeyObject`: with raw bytes Node imports the key for every packet, three times the cost. */
export class AesGcmTransform implements SrtpTransform {
  readonly tagBytes = TAG_BYTES;
  readonly #rtp: GcmKey;
  readonly #rtcp: GcmKey;

  constructor(rtp: GcmKey, rtcp: GcmKey) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
  }

  static fromMaster(masterKey: Buffer, masterSalt: Buffer): AesGcmTransform {
    const rtp = rtpKeyOf(masterKey, masterSalt);
    const rtcp = { key: deriveKey(masterKey, masterSalt, LABEL.rtcpCipher, masterKey.length), salt: deriveKey(masterKey, masterSalt, LABEL.rtcpSalt, SALT_BYTES) };
    return new AesGcmTransform({ ...rtp, key: createSecretKey(rtp.key) }, { ...rtcp, key: createSecretKey(rtcp.key) });
  }

  sealRtp(aad: Buffer, body: Buffer, ssrc: number, index: number): Buffer {
    return seal(this.#rtp.key, rtpNonce(this.#rtp.salt, ssrc, index), [aad], body);
  }

  openRtp(aad: Buffer, sealed: Buffer, ssrc: number, index: number): Buffer | null {
    return open(this.#rtp.key, rtpNonce(this.#rtp.salt, ssrc, index), [aad], sealed);
  }

  sealRtcp(compound: Buffer, ssrc: number, index: number): Buffer {
    const clear = compound.subarray(0, RTCP_CLEAR_BYTES);
    const word = Buffer.alloc(4);
    word.writeUInt32BE((index | ENCRYPTED_FLAG) >>> 0);
    const sealed = seal(this.#rtcp.key, rtcpNonce(this.#rtcp.salt, ssrc, index), [clear, word], compound.subarray(RTCP_CLEAR_BYTES));
    return Buffer.concat([clear, sealed, word]);
  }

  openRtcp(packet: Buffer): { compound: Buffer; index: number } | null {
    if (packet.length < RTCP_CLEAR_BYTES + TAG_BYTES + 4) return null;
    const clear = packet.subarray(0, RTCP_CLEAR_BYTES);
    const word = packet.subarray(packet.length - 4);
    const flagged = word.readUInt32BE(0);
    // RFC 7714 section 9.2 allows packets that are only authenticated; no browser sends them and none are taken.
    if ((flagged & ENCRYPTED_FLAG) === 0) return null;
    const index = flagged & 0x7fff_ffff;
    const nonce = rtcpNonce(this.#rtcp.salt, packet.readUInt32BE(4), index);
    const body = open(this.#rtcp.key, nonce, [clear, word], packet.subarray(RTCP_CLEAR_BYTES, packet.length - 4));
    return body === null ? null : { compound: Buffer.concat([clear, body]), index };
  }
}

export interface GcmKey {
  readonly key: KeyObject;
  /** 12 bytes. */
  readonly salt: Buffer;
}

/** Key and salt of RTP packets, from what DTLS exported. */
export function rtpKeyOf(masterKey: Buffer, masterSalt: Buffer): { readonly key: Buffer; readonly salt: Buffer } {
  return { key: deriveKey(masterKey, masterSalt, LABEL.rtpCipher, masterKey.length), salt: deriveKey(masterKey, masterSalt, LABEL.rtpSalt, SALT_BYTES) };
}

/** RFC 7714 section 8.1: two zero bytes, SSRC, 32-bit rollover counter, sequence number; xored with the salt. */
function rtpNonce(salt: Buffer, ssrc: number, index: number): Buffer {
  const nonce = Buffer.allocUnsafe(SALT_BYTES);
  nonce.writeUInt16BE(salt.readUInt16BE(0), 0);
  nonce.writeUInt32BE((salt.readUInt32BE(2) ^ ssrc) >>> 0, 2);
  nonce.writeUInt32BE((salt.readUInt32BE(6) ^ Math.floor(index / 0x10000)) >>> 0, 6);
  nonce.writeUInt16BE(salt.readUInt16BE(10) ^ (index & 0xffff), 10);
  return nonce;
}

/** RFC 7714 section 9.1: two zero bytes, SSRC, two zero bytes, 31-bit index; xored with the salt. */
function rtcpNonce(salt: Buffer, ssrc: number, index: number): Buffer {
  const nonce = Buffer.from(salt);
  nonce.writeUInt32BE((nonce.readUInt32BE(2) ^ ssrc) >>> 0, 2);
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ index) >>> 0, 8);
  return nonce;
}

function seal(key: KeyObject, nonce: Buffer, aad: readonly Buffer[], body: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  for (const part of aad) cipher.setAAD(part);
  const hidden = cipher.update(body);
  cipher.final();
  return Buffer.concat([hidden, cipher.getAuthTag()]);
}

function open(key: KeyObject, nonce: Buffer, aad: readonly Buffer[], sealed: Buffer): Buffer | null {
  if (sealed.length < TAG_BYTES) return null;
  const decipher = createDecipheriv('aes-128-gcm', key, nonce, { authTagLength: TAG_BYTES });
  for (const part of aad) decipher.setAAD(part);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const body = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return null; // OpenSSL's way to say that the tag is wrong, which is an expected outcome on an open port
  }
  return body;
}
