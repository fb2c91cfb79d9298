/**
 * Which way the picture comes. WebRTC is always being tried; LL-HLS fills in while it gives nothing, and leaves as soon as WebRTC
 * has a picture again.
 */
export type Transport =
  | { readonly kind: 'webrtc'; readonly proven: boolean; readonly sinceMs: number }
  | { readonly kind: 'hls'; readonly sinceMs: number };

export type TransportEvent =
  | { readonly type: 'class-started'; readonly atMs: number }
  /** What the WebRTC receiver says of itself, looked at a few times a second. */
  | { readonly type: 'looked'; readonly hasPicture: boolean; readonly atMs: number };

/** No picture by WebRTC for this long: the other way is taken. */
export const PATIENCE_MS = 4_000;
/** A page that fell back stays there this long at least, so that a network on the edge does not make it flicker. */
export const HLS_STAY_MS = 10_000;

export function next(transport: Transport, event: TransportEvent): Transport {
  if (event.type === 'class-started') return { kind: 'webrtc', proven: false, sinceMs: event.atMs };
  const { hasPicture, atMs } = event;
  switch (transport.kind) {
    case 'webrtc':
      if (hasPicture) return transport.proven ? { ...transport, sinceMs: atMs } : { kind: 'webrtc', proven: true, sinceMs: atMs };
      return atMs - transport.sinceMs >= PATIENCE_MS ? { kind: 'hls', sinceMs: atMs } : transport;
    case 'hls':
      return hasPicture && atMs - transport.sinceMs >= HLS_STAY_MS ? { kind: 'webrtc', proven: true, sinceMs: atMs } : transport;
  }
}
