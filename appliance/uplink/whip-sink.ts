import type { MediaPacket, PacketSink, VideoPacket } from '#kit/media/packet.ts';
import { packetizeH264 } from '#kit/media/rtp-h264.ts';
import type { Peer } from '#kit/webrtc/types.ts';

/** Leaves room for RTP header, extensions and the cipher's tag in 1,280 bytes, the least that IPv6 promises. */
const MAX_PAYLOAD_BYTES = 1_180;

/** Every rendition and the Opus sound of the program, cut into RTP payloads for one peer. */
export class WhipSink implements PacketSink {
  readonly name = 'whip';
  readonly #peer: Peer;
  readonly #simulcast: boolean;

  constructor(peer: Peer, simulcast: boolean) {
    this.#peer = peer;
    this.#simulcast = simulcast;
  }

  write(packet: MediaPacket): void {
    if (packet.kind === 'video') this.#video(packet);
    else if (packet.codec === 'opus') {
      this.#peer.send({ kind: 'audio', captureUs: packet.captureUs, keyframe: true, payloads: [packet.data] });
    }
  }

  #video({ captureUs, keyframe, data, layer }: VideoPacket): void {
    this.#peer.send({ kind: 'video', captureUs, keyframe, payloads: packetizeH264(data, MAX_PAYLOAD_BYTES) }, this.#simulcast ? layer : null);
  }
}

/**
 * Whether a wish for a keyframe is answered with the cached GOP. Only a receiver that has just come needs it; later the next
 * keyframe is never more than a second away, and frames sent twice would turn the viewers' time back.
 */
export function answersFromCache(connectedAtMs: number, answeredAtMs: number, nowMs: number): boolean {
  return nowMs - connectedAtMs <= 2_000 && nowMs - answeredAtMs >= 500;
}
