/** Where the class goes, as campus said: addresses of the room's edge and the token that opens them. */
export interface UplinkTarget {
  readonly whip: string;
  readonly rtmp: string;
  readonly api: string;
  readonly token: string;
}

export interface ConnectionEvents {
  readonly connected: () => void;
  /** Once, with a sentence; not after `close`. */
  readonly failed: (reason: string) => void;
}

/** One attempt at reaching the edge, from its opening to its end. */
export interface Connection {
  /** Media bytes that left this machine; 0 until connected. */
  bytesSent(): number;
  /** Twice is harmless. */
  close(): Promise<void>;
}

/** Starts an attempt at once; everything that goes wrong is told through `failed`. */
export type OpenConnection = (target: UplinkTarget, events: ConnectionEvents) => Connection;
