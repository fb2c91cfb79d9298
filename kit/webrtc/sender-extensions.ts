/** Which header extensions packets carry (RFC 8285, RFC 8852). Pure. */
import type { GroupVariant } from './pump.ts';
import type { RtpExtension } from './rtp/packet.ts';
import type { AgreedLayer, AgreedStream } from './stream.ts';

/**
 * Playout delay for browsers, 12 bits least and 12 bits most, in 10 ms. At first none: the group of pictures that a viewer begins with
 * is old, and a browser that paced it would stay that far behind for seconds. Then half a second and more, as jitter and lip-sync want: with 500 ms or
 * less Chromium shows each picture as soon as it is decoded, 45 ms before it belongs to the sound (`VCMTiming::UseLowLatencyRendering` of libwebrtc).
 */
const NO_DELAY = Buffer.from([0x00, 0x00, 0x00]);
const ADAPTIVE_DELAY = Buffer.from([0x00, 0x00, 51]);
/** Of a way in doubt at least a fifth of a second: a browser asks again after a tenth, and a repair that got lost too must not stop the picture. */
const REPAIRED_DELAY = Buffer.from([0x01, 0x40, 51]);
const PLAYOUT_DELAY = { 'catches-up': NO_DELAY, adaptive: ADAPTIVE_DELAY, repaired: REPAIRED_DELAY } as const;
export type PlayoutDelay = keyof typeof PLAYOUT_DELAY;
export const CATCH_UP_MS = 2000;

/** Header extension blocks of packets that nobody counts: most of them; while a viewer catches up; of keyframes later on, and of all until the far end has reported. */
export const PLAIN = 0 satisfies GroupVariant;
export const FIRST = 1 satisfies GroupVariant;
export const LATER = 2 satisfies GroupVariant;

/** The same packet is not sent again sooner than the far end can have had it, and never sooner than this, ms: two NACKs of one loss may cross. */
const RESEND_AFTER_MS = 15;
const SHARE_OF_ROUND_TRIP = 0.5;

export function resendAfterMs(roundTripMs: number): number {
  return Math.max(RESEND_AFTER_MS, roundTripMs * SHARE_OF_ROUND_TRIP);
}

/** First, and empty: the connection's count is written into it when the packet leaves. */
export function numbering({ extensions: { transportSequence } }: AgreedStream): RtpExtension[] {
  return transportSequence === null ? [] : [{ id: transportSequence, value: Buffer.alloc(2) }];
}

/** Of packets that say whose they are: those of keyframes, and all until the far end has reported on the stream. */
export function identifying(stream: AgreedStream, layer: AgreedLayer, delay: PlayoutDelay): RtpExtension[] {
  const { playoutDelay, rid } = stream.extensions;
  return [...identity(stream, layer, rid), ...(playoutDelay !== null ? [{ id: playoutDelay, value: PLAYOUT_DELAY[delay] }] : [])];
}

export function repairing(stream: AgreedStream, layer: AgreedLayer): RtpExtension[] {
  return identity(stream, layer, stream.extensions.repairedRid);
}

function identity(stream: AgreedStream, { rid }: AgreedLayer, ridId: number | null): RtpExtension[] {
  const { mid } = stream.extensions;
  return [
    ...(mid === null ? [] : [{ id: mid, value: Buffer.from(stream.mid) }]),
    ...(ridId === null || rid === null ? [] : [{ id: ridId, value: Buffer.from(rid) }]),
  ];
}
