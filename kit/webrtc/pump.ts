import type { TransportAddress } from './stun/check.ts';

/**
 * What sends one frame to many far ends: numbering, SRTP (AES-128-GCM), retransmission and sockets, packet by packet. Implementations keep
 * to the same bytes. It reads nothing from the network.
 */
export interface MediaPump {
  /** A bound UDP socket for the endpoint to adopt; null where the endpoint binds its own and the pump sends through its ports. */
  readonly fd: number | null;
  /** How long what was handed over has been waiting to leave, ms. */
  readonly waitMs: number;
  openSession(key: PumpKey): PumpSession;
  openGroup(): PumpGroup;
  stats(): PumpStats;
  close(): void;
}

export type OpenPump = (ports: PumpPorts) => MediaPump;

export interface PumpPorts {
  /** Where a pump with a socket of its own binds it. */
  readonly host: string;
  readonly port: number;
  /** For datagrams that don't go by the pump's own socket: those over connections, and all where it has none. */
  readonly send: (datagram: Buffer, to: TransportAddress) => void;
  readonly nowMs: () => number;
}

/** RTP session key and salt of RFC 7714, 16 and 12 bytes: derived already. */
export interface PumpKey {
  readonly key: Buffer;
  readonly salt: Buffer;
}

export interface PumpSession {
  /** Where everything goes from now on. */
  aim(to: TransportAddress): void;
  openStream(options: PumpStreamOptions): PumpStream;
  /** Nothing goes out any more. Twice is harmless. */
  close(): void;
}

/** The header extension block of a packet: one of four that a stream can choose from. */
export type PumpVariant = 0 | 1 | 2 | 3;
/** The one whose first extension is the connection's own count of packets, written when a packet is. */
export const COUNTED = 3 satisfies PumpVariant;

export interface PumpStreamOptions {
  readonly ssrc: number;
  readonly payloadType: number;
  /** Where repairs go in a stream of their own (RFC 4588); null where the same packet is sent once more. */
  readonly rtx: { readonly ssrc: number; readonly payloadType: number; readonly firstSequence: number } | null;
  /** The last packet of a frame has the marker bit. */
  readonly marks: boolean;
  /** What is sent is kept, to be sent again. */
  readonly keeps: boolean;
  /** May leave before what is not and was handed over earlier. */
  readonly urgent: boolean;
  readonly firstSequence: number;
  readonly blocks: readonly [Buffer | null, Buffer | null, Buffer | null, Buffer | null];
  /** Of repairs, and of repairs that are counted. */
  readonly repairBlocks: readonly [Buffer | null, Buffer | null];
}

export interface PumpStream {
  /** Payloads `from` to `until` of one frame. They must not change afterwards; the same array is the same frame. `number` is the first one's count. */
  send(payloads: readonly Buffer[], from: number, until: number, timestamp: number, variant: PumpVariant, number: number): void;
  /** Sends again what the far end misses, as far as it is kept, not too often, and within the budget. */
  resend(sequences: readonly number[], options: PumpResend): { readonly packets: number; readonly bytes: number };
  /** The newest packet once more in the repair stream, counted; its bytes of payload, 0 where there is nothing to send. */
  probe(number: number): number;
  /** What was sent so far is not sent again. */
  forget(): void;
}

export type TwiceFrom = 0 | 1 | 2;

/** Streams of a pump that get the same frames with the same timestamps, by one call. Without streams in it, it holds nothing. */
export interface PumpGroup {
  /** From now on with this block. A stream is in one group at most, and out of the one before; once its session is closed in none. */
  add(stream: PumpStream, variant: GroupVariant): void;
  /** Twice is harmless. */
  remove(stream: PumpStream): void;
  /** As {@link PumpStream.send} of all payloads to each stream: with this block, or with the one that each is in with. */
  send(payloads: readonly Buffer[], timestamp: number, variant?: GroupVariant): void;
}

/** What is counted is counted for one far end. */
export type GroupVariant = Exclude<PumpVariant, typeof COUNTED>;

export interface PumpResend {
  /** The same packet not sooner than this, ms. */
  readonly againMs: number;
  readonly budgetBytes: number;
  /** From which question on the answer goes twice, where repairs have a stream of their own: the first, the second, or never (0). */
  readonly twiceFrom: TwiceFrom;
  /** The count of the first, where repairs have a stream of their own and are counted; null where not. */
  readonly number: number | null;
}

export interface PumpStats {
  readonly packets: number;
  readonly bytes: number;
  /** Packets that found the queue full. */
  readonly overflowed: number;
  /** Packets that the kernel did not take, or that were beyond the limits. */
  readonly refused: number;
  /** Calls into the kernel. */
  readonly calls: number;
}
