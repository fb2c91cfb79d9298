import { createCipheriv, createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { deriveKey, LABEL } from './key-derivation.ts';
import { ENCRYPTED_FLAG, RTCP_CLEAR_BYTES, type SrtpTransform } from './transform.ts';

const TAG_BYTES = 10;
const SALT_BYTES = 14;
const AUTH_KEY_BYTES = 20;

interface CmKeys {
  readonly cipher: KeyObject;
  readonly auth: KeyObject;
  /** 14 bytes. */
  readonly salt: Buffer;
}

/** AES_CM_128_HMAC_SHA1_80 (RFC 3711), which every WebRTC stack must have (RFC 8827 section 6.5). */
export class AesCmTransform implements SrtpTransform {
  readonly tagBytes = TAG_BYTES;
  readonly #rtp: CmKeys;
  readonly #rtcp: CmKeys;

  constructor(rtp: CmKeys, rtcp: CmKeys) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
  }

  static fromMaster(masterKey: Buffer, masterSalt: Buffer): AesCmTransform {
    const derive = (cipher: number, auth: number, salt: number): CmKeys => ({
      cipher: createSecretKey(deriveKey(masterKey, masterSalt, cipher, masterKey.length)),
      auth: createSecretKey(deriveKey(masterKey, masterSalt, auth, AUTH_KEY_BYTES)),
      salt: deriveKey(masterKey, masterSalt, salt, SALT_BYTES),
    });
    return new AesCmTransform(
      derive(LABEL.rtpCipher, LABEL.rtpAuth, LABEL.rtpSalt),
      derive(LABEL.rtcpCipher, LABEL.rtcpAuth, LABEL.rtcpSalt),
    );
  }

  sealRtp(aad: Buffer, body: Buffer, ssrc: number, index: number): Buffer {
    const hidden = crypt(this.#rtp, body, ssrc, index);
    return Buffer.concat([hidden, tagOf(this.#rtp.auth, [aad, hidden, rollover(index)])]);
  }

  openRtp(aad: Buffer, sealed: Buffer, ssrc: number, index: number): Buffer | null {
    if (sealed.length < TAG_BYTES) return null;
    const hidden = sealed.subarray(0, sealed.length - TAG_BYTES);
    const expected = tagOf(this.#rtp.auth, [aad, hidden, rollover(index)]);
    if (!timingSafeEqual(expected, sealed.subarray(sealed.length - TAG_BYTES))) return null;
    return crypt(this.#rtp, hidden, ssrc, index);
  }

  sealRtcp(compound: Buffer, ssrc: number, index: number): Buffer {
    const clear = compound.subarray(0, RTCP_CLEAR_BYTES);
    const hidden = crypt(this.#rtcp, compound.subarray(RTCP_CLEAR_BYTES), ssrc, index);
    const word = Buffer.alloc(4);
    word.writeUInt32BE((index | ENCRYPTED_FLAG) >>> 0);
    return Buffer.concat([clear, hidden, word, tagOf(this.#rtcp.auth, [clear, hidden, word])]);
  }

  openRtcp(packet: Buffer): { compound: Buffer; index: number } | null {
    const end = packet.length - TAG_BYTES;
    if (end < RTCP_CLEAR_BYTES + 4) return null;
    if (!timingSafeEqual(tagOf(this.#rtcp.auth, [packet.subarray(0, end)]), packet.subarray(end))) return null;
    const flagged = packet.readUInt32BE(end - 4);
    const index = flagged & 0x7fff_ffff;
    const body = packet.subarray(RTCP_CLEAR_BYTES, end - 4);
    const plain = (flagged & ENCRYPTED_FLAG) === 0 ? body : crypt(this.#rtcp, body, packet.readUInt32BE(4), index);
    return { compound: Buffer.concat([packet.subarray(0, RTCP_CLEAR_BYTES), plain]), index };
  }
}

/** RFC 3711 section 4.1.1: counter block is the salt, SSRC and index, each at its place; the same both ways. */
function crypt(keys: CmKeys, body: Buffer, ssrc: number, index: number): Buffer {
  const counter = Buffer.alloc(16);
  keys.salt.copy(counter);
  counter.writeUInt32BE((counter.readUInt32BE(4) ^ ssrc) >>> 0, 4);
  counter.writeUInt32BE((counter.readUInt32BE(8) ^ Math.floor(index / 0x10000)) >>> 0, 8);
  counter.writeUInt16BE(counter.readUInt16BE(12) ^ (index & 0xffff), 12);
  return createCipheriv('aes-128-ctr', keys.cipher, counter).update(body);
}

/** RFC 3711 section 4.2: the rollover counter is authenticated though it is not sent. */
function rollover(index: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(Math.floor(index / 0x10000) >>> 0);
  return out;
}

function tagOf(key: KeyObject, parts: readonly Buffer[]): Buffer {
  const hmac = createHmac('sha1', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest().subarray(0, TAG_BYTES);
}
