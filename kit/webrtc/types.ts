import type { OpenPump } from './pump.ts';
import type { BindUdp } from './udp-socket.ts';

/**
 * What the box's uplink and preview and the edge's WHIP and WHEP need of WebRTC, and nothing more.
 *
 * One UDP socket carries every peer (RFC 7983 demultiplexing by first byte, then by ICE user fragment, then by address).
 * Servers are ICE-lite and the DTLS server; the uplink is the controlling agent and the DTLS client.
 */
export interface WebRtcOptions {
  /** Address and port the one UDP socket binds, e.g. `0.0.0.0` and 8189. Port 0 picks a free one. */
  readonly host: string;
  readonly port: number;
  /** Host candidates put into answers. Empty: the machine's own addresses, loopback included when nothing else exists. */
  readonly advertised: readonly { readonly address: string; readonly port?: number }[];
  /** Listens for connections too, for far ends whose UDP is blocked (RFC 6544). `advertisedPort` where it is reached at another. */
  readonly iceTcp?: { readonly port: number; readonly advertisedPort?: number };
  /**
   * Far ends at one time, 2,000 unless said otherwise; one more is answered with `too_many_peers` (503). The last twentieth of the places, one at least, is for
   * far ends that send: nobody is sent to in them. Who replaces another takes that one's place.
   */
  readonly maxPeers?: number;
  /** Of those who are sent to by a pump, whose packets may be counted at a time: 200 unless said otherwise. */
  readonly maxCounted?: number;
  /** What sends to those who are only sent to; without one, each packet goes by itself. */
  readonly pump?: OpenPump;
  /** Opens the one UDP socket: the system's own unless told. */
  readonly bind?: BindUdp;
}

/** One frame cut into RTP payloads once, so that every viewer costs only header, cipher and send. */
export interface PacketizedFrame {
  readonly kind: 'video' | 'audio';
  /** Microseconds since 1970; becomes the RTP timestamp as `rtpTimestampOf` says. */
  readonly captureUs: number;
  readonly keyframe: boolean;
  /** RTP payloads (RFC 6184 FU-A/STAP-A/single NAL, or one Opus packet), each at most 1,180 bytes. The last gets the marker bit. */
  readonly payloads: readonly Buffer[];
}

/** One whole frame received: reordered, retransmissions asked for, reassembled. */
export interface ReceivedFrame {
  readonly kind: 'video' | 'audio';
  /** Simulcast stream (RFC 8852 rid), or null where the sender uses none. */
  readonly rid: string | null;
  /** From the RTP timestamp where it reads as the sender's epoch (see `rtpTimestampOf`), else from sender reports, else arrival. */
  readonly captureUs: number;
  readonly keyframe: boolean;
  /** Annex B access unit (SPS/PPS included on keyframes), or one Opus packet. */
  readonly data: Buffer;
}

/** What becomes of what still waits for a TCP line when its connection is closed. */
export type Unsent = 'leaves' | 'never';
export type PeerState = 'connecting' | 'connected' | 'closed';

export interface PeerStats {
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly retransmitted: number;
  /** Pictures that would have left too late. */
  readonly framesLeftOut: number;
  readonly roundTripMs: number | null;
  /** What the way to the far end carries, as its reports tell; null where it sends none. */
  readonly way: { readonly bps: number; readonly limited: boolean; readonly lossShare: number; readonly queueMs: number } | null;
}

export interface Peer {
  readonly id: string;
  readonly state: PeerState;
  /** Wall time of the last authentic datagram, 0 unless connected. */
  readonly heardAtMs: number;
  /** Past-tense events; each returns its unsubscribe. `closed` carries a sentence. */
  on(event: 'connected', listener: () => void): () => void;
  on(event: 'closed', listener: (reason: string) => void): () => void;
  on(event: 'frame', listener: (frame: ReceivedFrame) => void): () => void;
  /** The far end asks for a keyframe (PLI or FIR) of this simulcast stream; already limited to one in 500 ms. */
  on(event: 'keyframe-requested', listener: (rid: string | null) => void): () => void;
  /** The far end told something of the way to it. */
  on(event: 'way-changed', listener: () => void): () => void;
  /** What the way carries as far as is known just now; null while nothing is counted. */
  readonly way: PeerStats['way'];
  /** Sends one frame to the far end: on the video stream `rid` (null where there is one), or on the audio stream. Dropped unless connected. */
  send(frame: PacketizedFrame, rid?: string | null): void;
  /**
   * Takes part in what a cohort of the same endpoint is sent, instead of `send`, until `onLeft` is called, for whatever reason: `leave`, a `send` of the same
   * kind, or something that is to be done for this far end alone. False where it can't just now: ask again after a later frame.
   */
  join(cohort: Cohort, onLeft: () => void): boolean;
  /** Twice is harmless. */
  leave(kind: Cohort['kind']): void;
  /** Nothing more comes of this simulcast stream for now: what was sent of it is not sent again either. */
  forget(rid: string | null): void;
  /** Tries whether the way carries this much, by sending packets of the video stream `rid` once more for a tenth of a second; false where nobody would tell. */
  probe(bps: number, rid: string | null): boolean;
  /**
   * Keeps counting what gets through to a far end that is only sent to, for as long as this is wanted. Otherwise its packets are counted only
   * while its reports raise doubts.
   */
  watchWay(isWatched: boolean): void;
  /** Asks the far end's sender for a keyframe (PLI), at most one in 500 ms a stream. */
  requestKeyframe(rid: string | null): void;
  /** Trickled candidates (RFC 8840 fragment) from the far end; a lite agent may ignore them. */
  addRemoteCandidates(sdpFragment: string): void;
  stats(): PeerStats;
  /** Says goodbye (DTLS close_notify, RTCP BYE) and forgets everything. `unsent`: what waits for a slow TCP line leaves within 2 s, or never. Twice is harmless. */
  close(reason?: string, unsent?: Unsent): void;
}

/** Far ends that get the same frames at the same times: what is alike for them is done once. */
export interface Cohort {
  readonly kind: PacketizedFrame['kind'];
  /** False for a frame that has to go to each member by itself: a keyframe, one that is too large to leave at once, or too much waits. */
  send(frame: PacketizedFrame): boolean;
}

export interface AcceptOptions {
  /** What this side does: `send` answers a WHEP offer, `receive` answers a WHIP offer. */
  readonly direction: 'send' | 'receive';
  /** Hex of profile_idc, constraints and level of the stream that will be sent, e.g. `42c01f`; the offer's matching payload type is chosen. */
  readonly h264ProfileLevelId?: string;
  /** A peer of the same far end that may be dead: the new one may speak from its address at once, as a machine does whose process was killed. */
  readonly replaces?: Peer;
}

export interface OfferOptions {
  /** What this side does: `send` unless told, or `receive`, which plays a WHEP address. */
  readonly direction?: 'send' | 'receive';
  /** Simulcast rids of the video to send, best first, e.g. `['720p', '360p']`; empty for a single stream. */
  readonly rids: readonly string[];
  readonly audio: boolean;
  readonly h264ProfileLevelId: string;
  /** Which of the far end's candidates are tried: `udp` unless told. */
  readonly transport?: 'udp' | 'tcp';
}

export interface WebRtcEndpoint {
  /** Bound UDP port (known after `open`). */
  readonly port: number;
  /** Port for connections, 0 where there is none. */
  readonly tcpPort: number;
  /** Answers an offer. Throws `CodedError` `bad_sdp` (a 400) when it is no usable SDP, `no_common_codec` (a 406) without H.264/Opus. */
  accept(offerSdp: string, options: AcceptOptions): Promise<{ peer: Peer; answerSdp: string }>;
  /** Begins as the offering, controlling side: the box's uplink, or a player. */
  offer(options: OfferOptions): Promise<{ peer: Peer; offerSdp: string; setAnswer(answerSdp: string): Promise<void> }>;
  /** Answers a restart of ICE (RFC 8445 section 2.4) with a fragment; the old path goes on until the new one is proven. Throws `bad_sdp`. */
  acceptRestart(peer: Peer, sdpFragment: string): string;
  /** Begins one, as the offering side. */
  restart(peer: Peer): { readonly sdpFragment: string; setAnswer(sdpFragment: string): void };
  peers(): readonly Peer[];
  /** Whether one more would be taken, by what this side does. */
  hasPlaceFor(direction: AcceptOptions['direction']): boolean;
  /** Datagrams that belonged to nobody or could not be read, since the start. */
  readonly dropped: number;
  /** For far ends of this endpoint that are only sent to; null where each is sent to by itself. */
  openCohort(kind: Cohort['kind']): Cohort | null;
  close(): Promise<void>;
}
// kit/webrtc/endpoint.ts exports: openWebRtc(options: WebRtcOptions): Promise<WebRtcEndpoint>
