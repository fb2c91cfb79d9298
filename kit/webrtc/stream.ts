/** What both sides agreed on for one m-line, as senders and receivers need it. Plain data. */
export interface AgreedStream {
  readonly kind: 'video' | 'audio';
  readonly mid: string;
  readonly direction: 'send' | 'receive';
  readonly payloadType: number;
  readonly clockHz: number;
  /** Payload type of retransmissions in a stream of their own (RFC 4588), or null: then the packet itself is sent again. */
  readonly rtxPayloadType: number | null;
  /** Whether lost packets are asked for again (generic NACK, RFC 4585). */
  readonly nack: boolean;
  readonly extensions: ExtensionIds;
  /** One entry a layer; a stream without simulcast has one with `rid` null. SSRCs are known only for what this side sends. */
  readonly layers: readonly AgreedLayer[];
}

export interface AgreedLayer {
  readonly rid: string | null;
  readonly ssrc: number;
  readonly rtxSsrc: number;
}

/** Header extension ids (RFC 8285), null where not agreed. */
export interface ExtensionIds {
  readonly mid: number | null;
  readonly rid: number | null;
  readonly repairedRid: number | null;
  readonly playoutDelay: number | null;
  /** Of every packet of the connection, where the far end reports arrivals. */
  readonly transportSequence: number | null;
}

export const EXTENSION_URI = {
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  rid: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  repairedRid: 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  transportSequence: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  playoutDelay: 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
} as const;
