import type { MediaPump, OpenPump, PumpStats } from '#kit/webrtc/pump.ts';

export interface WatchedPump {
  readonly open: OpenPump;
  /** How long it makes what it is handed wait, ms. */
  readonly waitMs: () => number;
  readonly stats: () => PumpStats;
}

const NOTHING: PumpStats = { packets: 0, bytes: 0, overflowed: 0, refused: 0, calls: 0 };

/** The pump that the endpoint opens, and what it says of itself. */
export function watched(open: OpenPump): WatchedPump {
  let pump: MediaPump | null = null;
  return {
    open: (ports) => (pump = open(ports)),
    waitMs: () => pump?.waitMs ?? 0,
    stats: () => pump?.stats() ?? NOTHING,
  };
}
