/**
 * Which way the picture comes. WebRTC first; LL-HLS as soon as WebRTC fails or gives no picture, and WebRTC again once a quiet try,
 * made now and then behind the playing HLS, has a picture.
 */
export type Transport =
  | { readonly kind: 'webrtc'; readonly sinceMs: number }
  | { readonly kind: 'hls'; readonly sinceMs: number; readonly trying: boolean; readonly triedMs: number };

export type TransportEvent =
  /** `able`: whether this browser has WebRTC, and H.264 for it. */
  | { readonly type: 'class-started'; readonly able: boolean; readonly atMs: number }
  /** What the WebRTC receiver says of itself, looked at a few times a second. */
  | { readonly type: 'looked'; readonly saw: Sight; readonly atMs: number };

/** `picture`: new frames since the last look; `failed`: the attempt was refused or lost; `excused`: by no way could anything come now. */
export type Sight = 'picture' | 'nothing' | 'failed' | 'excused';

/** No picture by WebRTC for this long: the other way is taken. */
export const PATIENCE_MS = 4_000;
/** A page that fell back stays there this long at least, so that a network on the edge does not make it flicker. */
export const TRY_EVERY_MS = 30_000;
/** A quiet try that has no picture by now is given up. */
export const TRY_FOR_MS = 6_000;

export function next(transport: Transport, event: TransportEvent): Transport {
  const { atMs } = event;
  if (event.type === 'class-started') return event.able ? { kind: 'webrtc', sinceMs: atMs } : { kind: 'hls', sinceMs: atMs, trying: false, triedMs: Infinity };
  return transport.kind === 'webrtc' ? onWebrtc(transport.sinceMs, event.saw, atMs) : onHls(transport, event.saw, atMs);
}

/** Whether a WebRTC connection should be open or being opened. */
export const wantsWebrtc = (transport: Transport): boolean => transport.kind === 'webrtc' || transport.trying;

function onWebrtc(sinceMs: number, saw: Sight, atMs: number): Transport {
  if (saw === 'picture' || saw === 'excused') return { kind: 'webrtc', sinceMs: atMs };
  const given = saw === 'failed' || atMs - sinceMs >= PATIENCE_MS;
  return given ? { kind: 'hls', sinceMs: atMs, trying: false, triedMs: atMs } : { kind: 'webrtc', sinceMs };
}

function onHls(transport: Extract<Transport, { kind: 'hls' }>, saw: Sight, atMs: number): Transport {
  if (saw === 'excused') return transport;
  const { trying, triedMs } = transport;
  if (!trying) return atMs - triedMs >= TRY_EVERY_MS ? { ...transport, trying: true, triedMs: atMs } : transport;
  if (saw === 'picture') return { kind: 'webrtc', sinceMs: atMs };
  return saw === 'failed' || atMs - triedMs >= TRY_FOR_MS ? { ...transport, trying: false, triedMs: atMs } : transport;
}
