import type { GopCache } from '../bus/gop-cache.ts';
import type { MediaPacket, PacketSink, VideoPacket } from '#kit/media/packet.ts';
import { packetizeH264 } from '#kit/media/rtp-h264.ts';
import { parameterSetsOf } from '#kit/media/h264.ts';
import type { PacketizedFrame, Peer, WebRtcEndpoint } from '#kit/webrtc/types.ts';
import { CodedError } from '#kit/process/errors.ts';

export interface PreviewOptions {
  readonly webrtc: WebRtcEndpoint;
  /** What was encoded since the last keyframe. */
  readonly cache: GopCache;
  /** Rendition that is shown. */
  readonly layer: string;
}

/** A panel, its spare, and an engineer's laptop: more is a mistake. */
const VIEWERS_MAX = 8;
/** Bytes of an RTP payload that fit every network (kit/webrtc). */
const PAYLOAD_MAX = 1_180;
/** A cache that is much older than this belongs to an encoder that stopped, µs. */
const STALE_US = 3_000_000;

/** The program on the room's own network over WebRTC, cut into packets once for all who look. */
export class Preview implements PacketSink {
  readonly name = 'preview';
  readonly #options: PreviewOptions;
  readonly #peers = new Map<string, Peer>();
  #latestUs = 0;

  constructor(options: PreviewOptions) {
    this.#options = options;
  }

  get viewers(): number {
    return this.#peers.size;
  }

  /**
   * Answers a WHEP offer. Throws `too_many_viewers` (503), `no_picture` (503) before the first keyframe, and what the endpoint
   * throws for an unusable offer. `source` names one source instead of the program: none is encoded by itself, so it is refused.
   */
  async accept(offerSdp: string, options: { readonly source?: string } = {}): Promise<{ answerSdp: string; id: string }> {
    if (options.source !== undefined) {
      throw new CodedError('no_source_preview', 'Only the program can be previewed. Leave out "source".', { status: 404 });
    }
    if (this.#peers.size >= VIEWERS_MAX) {
      throw new CodedError('too_many_viewers', `The preview is open on ${VIEWERS_MAX} screens already. Close one of them.`, { status: 503 });
    }
    const { peer, answerSdp } = await this.#options.webrtc.accept(offerSdp, { direction: 'send', h264ProfileLevelId: this.#profileLevelId() });
    this.#peers.set(peer.id, peer);
    peer.on('closed', () => this.#peers.delete(peer.id));
    peer.on('connected', () => this.#burst(peer));
    peer.on('keyframe-requested', () => this.#burst(peer));
    return { answerSdp, id: peer.id };
  }

  /** Ends one viewer's session (WHEP DELETE). False when there is none of that id. */
  close(id: string): boolean {
    const peer = this.#peers.get(id);
    // Before it is closed: closing tells the listener that forgets it, too.
    const isKnown = this.#peers.delete(id);
    peer?.close('the viewer left');
    return isKnown;
  }

  write(packet: MediaPacket): void {
    if (packet.kind === 'video') this.#latestUs = packet.captureUs;
    if (this.#peers.size === 0 || !this.#isShown(packet)) return;
    const frame = packetize(packet);
    for (const peer of this.#peers.values()) if (peer.state === 'connected') peer.send(frame);
  }

  #isShown(packet: MediaPacket): boolean {
    return packet.kind === 'video' ? packet.layer === this.#options.layer : packet.codec === 'opus';
  }

  /** From the last keyframe on: the viewer sees the present at once. It is also all the answer a keyframe request can have. */
  #burst(peer: Peer): void {
    const gop = this.#options.cache.video(this.#options.layer);
    const first = gop[0];
    if (first === undefined || this.#latestUs - first.captureUs > STALE_US) return;
    for (const packet of gop) peer.send(packetize(packet));
  }

  #profileLevelId(): string {
    const keyframe: VideoPacket | undefined = this.#options.cache.video(this.#options.layer)[0];
    const sets = keyframe === undefined ? null : parameterSetsOf(keyframe.data);
    if (sets === null) throw new CodedError('no_picture', 'The encoder is still starting. Try again in a moment.', { status: 503 });
    return sets.sps.toString('hex', 1, 4);
  }
}

function packetize(packet: MediaPacket): PacketizedFrame {
  if (packet.kind === 'audio') return { kind: 'audio', captureUs: packet.captureUs, keyframe: true, payloads: [packet.data] };
  return { kind: 'video', captureUs: packet.captureUs, keyframe: packet.keyframe, payloads: packetizeH264(packet.data, PAYLOAD_MAX) };
}
