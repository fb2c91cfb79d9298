import type { MediaPump, OpenPump } from '#kit/webrtc/pump.ts';

/** The pump that the endpoint opens, and how long it makes what it is handed wait. */
export function watched(open: OpenPump): { readonly open: OpenPump; readonly waitMs: () => number } {
  let pump: MediaPump | null = null;
  return {
    open: (ports) => (pump = open(ports)),
    waitMs: () => pump?.waitMs ?? 0,
  };
}
