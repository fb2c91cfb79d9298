import type { PumpCohort } from './cohort.ts';
import type { CountingPlaces } from './congestion/counting-places.ts';
import { IncomingMedia } from './incoming.ts';
import { OutgoingMedia } from './outgoing.ts';
import type { MediaPump } from './pump.ts';
import { buildBye, buildReceiverReport, parseRtcp, type RtcpPacket } from './rtcp/packet.ts';
import { parseRtp } from './rtp/packet.ts';
import { rtpKeyOf } from './srtp/aes-gcm.ts';
import { SRTP_PROFILE, SrtpSession, type SrtpKeys } from './srtp/session.ts';
import type { AgreedStream } from './stream.ts';
import type { TransportAddress } from './stun/check.ts';
import type { Cohort, PacketizedFrame, PeerStats, ReceivedFrame } from './types.ts';

export interface MediaPorts {
  readonly send: (datagram: Buffer) => void;
  readonly onFrame: (frame: ReceivedFrame) => void;
  readonly onKeyframeRequested: (rid: string | null) => void;
  /** The far end told something of the way to it. */
  readonly onWayChanged: () => void;
  readonly nowMs: () => number;
  readonly cname: string;
  readonly newSsrc: () => number;
  /** What takes the packets of those who are only sent to; null where each goes by itself. */
  readonly pump: MediaPump | null;
  readonly places: CountingPlaces;
  /** Where datagrams go just now. */
  readonly destination: () => TransportAddress | null;
}

/** The far end's requests for a keyframe: at most one a stream in this time. */
const KEYFRAME_REQUEST_EVERY_MS = 500;

/** RTP and RTCP of one connected far end: keys in, frames in and out. Bytes that are wrong are dropped; nothing throws. */
export class MediaSession {
  readonly #ports: MediaPorts;
  readonly #srtp: SrtpSession;
  readonly #outgoing: OutgoingMedia;
  readonly #incoming: IncomingMedia;
  readonly #localSsrc: number;
  readonly #stats = { packetsReceived: 0, bytesReceived: 0, bytesOfControl: 0 };
  readonly #requested = new Map<string | null, number>();

  constructor(streams: readonly AgreedStream[], keys: SrtpKeys, ports: MediaPorts) {
    const { nowMs, cname, destination, places, onFrame, onWayChanged } = ports;
    this.#ports = ports;
    this.#srtp = new SrtpSession(keys);
    this.#localSsrc = ports.newSsrc();
    const sendRtcp = (compound: Buffer): void => this.#sendRtcp(compound);
    const pump = mayBePumped(streams, keys) && ports.pump !== null ? { pump: ports.pump, key: rtpKeyOf(keys.localKey, keys.localSalt) } : null;
    this.#outgoing = new OutgoingMedia(streams, { nowMs, cname, destination, places, onWayChanged, sendRtcp, pump, sendRtp: (header, payload) => this.#sendRtp(header, payload) });
    this.#incoming = new IncomingMedia(streams, { nowMs, onFrame, sendRtcp, localSsrc: this.#localSsrc, roundTripMs: () => this.#outgoing.roundTripMs });
  }

  /** Sender reports before the first packet: the far end then knows the time of the very first frame. */
  start(): void {
    this.#outgoing.start();
  }

  send(frame: PacketizedFrame, rid: string | null): void {
    this.#outgoing.send(frame, rid);
  }

  join(cohort: PumpCohort, onLeft: () => void): boolean {
    return this.#outgoing.join(cohort, onLeft);
  }

  leave(kind: Cohort['kind']): void {
    this.#outgoing.leave(kind);
  }

  /** The path may lead elsewhere now. */
  moved(): void {
    this.#outgoing.moved();
  }

  forget(rid: string | null): void {
    this.#outgoing.forget(rid);
  }

  probe(bps: number, rid: string | null): boolean {
    return this.#outgoing.probe(bps, rid);
  }

  watch(isWatched: boolean): void {
    this.#outgoing.watch(isWatched);
  }

  requestKeyframe(rid: string | null): void {
    this.#incoming.requestKeyframe(rid);
  }

  /** Whether the datagram was authentic. */
  receiveRtp(datagram: Buffer): boolean {
    const plain = this.#srtp.openRtp(datagram);
    const packet = plain === null ? null : parseRtp(plain);
    if (packet === null) return false;
    this.#stats.packetsReceived += 1;
    this.#stats.bytesReceived += datagram.length;
    this.#incoming.push(packet);
    return true;
  }

  receiveRtcp(datagram: Buffer): boolean {
    const compound = this.#srtp.openRtcp(datagram);
    if (compound === null) return false;
    this.#stats.bytesReceived += datagram.length;
    for (const packet of parseRtcp(compound)) this.#onRtcp(packet);
    return true;
  }

  /** Call a few times a second: reports, and requests that had to wait. */
  tick(): void {
    this.#outgoing.tick();
    this.#incoming.tick();
  }

  get way(): PeerStats['way'] {
    return this.#outgoing.way;
  }

  stats(): PeerStats {
    const { packetsReceived, bytesReceived, bytesOfControl } = this.#stats;
    const outgoing = this.#outgoing.stats();
    return {
      ...outgoing, packetsReceived, bytesReceived,
      bytesSent: outgoing.bytesSent + bytesOfControl,
      packetsLost: outgoing.packetsLost + this.#incoming.lost,
      roundTripMs: this.#outgoing.roundTripMs,
    };
  }

  close(): void {
    const { ssrcs } = this.#outgoing;
    this.#sendRtcp(Buffer.concat([buildReceiverReport(ssrcs[0] ?? this.#localSsrc, []), buildBye(ssrcs.length > 0 ? ssrcs : [this.#localSsrc])]));
    this.#outgoing.close();
    this.#incoming.close();
  }

  #sendRtp(header: Buffer, payload: Buffer): number {
    const datagram = this.#srtp.protectRtp(header, payload);
    this.#ports.send(datagram);
    return datagram.length;
  }

  #sendRtcp(compound: Buffer): void {
    const datagram = this.#srtp.protectRtcp(compound);
    this.#stats.bytesOfControl += datagram.length;
    this.#ports.send(datagram);
  }

  #onRtcp(packet: RtcpPacket): void {
    switch (packet.type) {
      case 'sender-report':
        this.#incoming.onSenderReport(packet.ssrc, packet.ntp, packet.rtpTimestamp);
        return this.#outgoing.onReports(packet.reports);
      case 'receiver-report':
        return this.#outgoing.onReports(packet.reports);
      case 'nack':
        return this.#outgoing.onNack(packet.mediaSsrc, packet.sequences);
      case 'pli':
        return this.#onKeyframeWanted([packet.mediaSsrc]);
      case 'fir':
        return this.#onKeyframeWanted(packet.mediaSsrcs);
      case 'transport-feedback':
        return this.#outgoing.onTransportFeedback(packet.feedback);
      case 'remb':
        return this.#outgoing.onLimitTold(packet.bitrateBps);
      case 'bye':
        return; // a stream that ends says so on the signalling path too
    }
  }

  #onKeyframeWanted(ssrcs: readonly number[]): void {
    for (const ssrc of ssrcs) {
      const rid = this.#outgoing.ridOf(ssrc);
      const nowMs = this.#ports.nowMs();
      if (rid === undefined || nowMs - (this.#requested.get(rid) ?? -Infinity) < KEYFRAME_REQUEST_EVERY_MS) continue;
      this.#requested.set(rid, nowMs);
      this.#ports.onKeyframeRequested(rid);
    }
  }
}

/** A pump seals by AES-GCM alone, and is for those who are only sent to. */
function mayBePumped(streams: readonly AgreedStream[], keys: SrtpKeys): boolean {
  return keys.profile === SRTP_PROFILE.aeadAes128Gcm && streams.every(({ direction }) => direction === 'send');
}
