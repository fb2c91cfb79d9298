import { rtpHeaderLength } from '../rtp/packet.ts';
import { unwrapSequence } from '../rtp/sequence.ts';
import { AesCmTransform } from './aes-cm.ts';
import { AesGcmTransform } from './aes-gcm.ts';
import { ReplayWindow } from './replay-window.ts';
import type { SrtpTransform } from './transform.ts';

/** DTLS-SRTP protection profiles (RFC 5764 section 4.1.2, RFC 7714 section 14.2), best first. */
export const SRTP_PROFILE = { aeadAes128Gcm: 0x0007, aes128CmSha1_80: 0x0001 } as const;

export interface SrtpKeys {
  readonly profile: number;
  readonly localKey: Buffer;
  readonly localSalt: Buffer;
  readonly remoteKey: Buffer;
  readonly remoteSalt: Buffer;
}

/** Streams (SSRCs) one peer may have: audio, three layers and their retransmissions are seven; a flood of them is refused. */
const MAX_STREAMS = 32;

/** Protects and opens the packets of one peer, with a rollover counter and a replay window for each of its streams. */
export class SrtpSession {
  readonly #local: SrtpTransform;
  readonly #remote: SrtpTransform;
  readonly #sent = new Map<number, number>();
  readonly #received = new Map<number, ReplayWindow>();
  readonly #rtcpReceived = new Map<number, ReplayWindow>();
  #rtcpIndex = 0;

  constructor(keys: SrtpKeys) {
    this.#local = transformOf(keys.profile, keys.localKey, keys.localSalt);
    this.#remote = transformOf(keys.profile, keys.remoteKey, keys.remoteSalt);
  }

  /** The packet to send. The same sequence number may be protected again only with the very same content (a retransmission). */
  protectRtp(header: Buffer, payload: Buffer): Buffer {
    const ssrc = header.readUInt32BE(8);
    const sequence = header.readUInt16BE(2);
    const highest = this.#sent.get(ssrc);
    const index = highest === undefined ? sequence : unwrapSequence(highest, sequence);
    if (highest === undefined || index > highest) this.#sent.set(ssrc, index);
    return Buffer.concat([header, this.#local.sealRtp(header, payload, ssrc, index)]);
  }

  /** The plain packet, or null where it is malformed, forged or replayed. */
  openRtp(packet: Buffer): Buffer | null {
    const headerLength = rtpHeaderLength(packet);
    if (headerLength === -1) return null;
    const ssrc = packet.readUInt32BE(8);
    const sequence = packet.readUInt16BE(2);
    const window = this.#received.get(ssrc) ?? new ReplayWindow();
    const index = window.highest === -1 ? sequence : unwrapSequence(window.highest, sequence);
    if (index < 0 || !window.isNew(index)) return null;
    const header = packet.subarray(0, headerLength);
    const body = this.#remote.openRtp(header, packet.subarray(headerLength), ssrc, index);
    if (body === null || !this.#remember(this.#received, ssrc, window)) return null;
    window.accept(index);
    return Buffer.concat([header, body]);
  }

  protectRtcp(compound: Buffer): Buffer {
    this.#rtcpIndex = (this.#rtcpIndex + 1) & 0x7fff_ffff;
    return this.#local.sealRtcp(compound, compound.readUInt32BE(4), this.#rtcpIndex);
  }

  openRtcp(packet: Buffer): Buffer | null {
    const opened = packet.length < 8 ? null : this.#remote.openRtcp(packet);
    if (opened === null) return null;
    const ssrc = packet.readUInt32BE(4);
    const window = this.#rtcpReceived.get(ssrc) ?? new ReplayWindow();
    if (!window.isNew(opened.index) || !this.#remember(this.#rtcpReceived, ssrc, window)) return null;
    window.accept(opened.index);
    return opened.compound;
  }

  #remember(windows: Map<number, ReplayWindow>, ssrc: number, window: ReplayWindow): boolean {
    if (windows.has(ssrc)) return true;
    if (windows.size >= MAX_STREAMS) return false;
    windows.set(ssrc, window);
    return true;
  }
}

function transformOf(profile: number, key: Buffer, salt: Buffer): SrtpTransform {
  return profile === SRTP_PROFILE.aeadAes128Gcm ? AesGcmTransform.fromMaster(key, salt) : AesCmTransform.fromMaster(key, salt);
}

/** Bytes of master key and salt that DTLS exports for a profile. */
export function masterLengths(profile: number): { readonly key: number; readonly salt: number } {
  return { key: 16, salt: profile === SRTP_PROFILE.aeadAes128Gcm ? 12 : 14 };
}
