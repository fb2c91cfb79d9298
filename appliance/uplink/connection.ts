/** Where the class goes, as campus said: addresses of the room's edge and the token that opens them. */
export interface UplinkTarget {
  readonly whip: string;
  readonly rtmp: string;
  /** Left out where the edge has no RTMPS. */
  readonly rtmps?: string | undefined;
  readonly api: string;
  readonly token: string;
}

export interface ConnectionEvents {
  readonly connected: () => void;
  /** Once, with a sentence; not after `close`. */
  readonly failed: (reason: string) => void;
}

/** What a connection knows of the way it takes. */
export interface WayMeasured {
  readonly transport: 'udp' | 'tcp' | 'none';
  /** Renditions that are being sent, best first. */
  readonly layers: readonly string[];
  /** Null where nothing measures it. */
  readonly estimateKbps: number | null;
  readonly lossPercent: number | null;
  readonly rttMs: number | null;
}

export const NO_WAY: WayMeasured = { transport: 'none', layers: [], estimateKbps: null, lossPercent: null, rttMs: null };

/** One attempt at reaching the edge, from its opening to its end. */
export interface Connection {
  /** Media bytes that left this machine; 0 until connected. */
  bytesSent(): number;
  /** Pictures that were not sent because they would have left too late. */
  framesLeftOut(): number;
  measured(): WayMeasured;
  /** `classOver`: the edge is told that nothing more will come. Otherwise the line is cut: what waits on it is older than Stop, or goes another way by now. Twice is harmless. */
  close(options: { readonly classOver: boolean }): Promise<void>;
}

/** Starts an attempt at once; everything that goes wrong is told through `failed`. */
export type OpenConnection = (target: UplinkTarget, events: ConnectionEvents) => Connection;
