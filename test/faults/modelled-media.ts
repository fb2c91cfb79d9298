import type { VideoPacket } from '#kit/media/packet.ts';
import { PumpCohort } from '#kit/webrtc/cohort.ts';
import type { MediaSession } from '#kit/webrtc/media-session.ts';
import { SRTP_PROFILE, type SrtpKeys } from '#kit/webrtc/srtp/session.ts';
import type { LinkModel } from '#kit/webrtc/testing/link-model.ts';
import type { Peer } from '#kit/webrtc/types.ts';

/** Bytes of a keyframe and of the frames between: 2,500 and 400 kbps, as the product's ladder has them. */
export const LADDER = [
  { id: '720p', keyframe: 42_000, frame: 11_200, sps: '6742c01fd900a0047620110000030001000003003c0f183191', fill: 0xab },
  { id: '360p', keyframe: 8_000, frame: 1_735, sps: '6742c01eda0280f684000003000400000300c83c58ba80', fill: 0xcd },
] as const;
const START = Buffer.from([0, 0, 0, 1]);
const PPS = Buffer.from('68ce3c80', 'hex');
export const FRAME_MS = 40;
export const SOUND_MS = 20;
export const FRAMES_A_GROUP = 25;
/** How often sessions are ticked, as the endpoint does. */
export const TICK_MS = 250;

export function picture({ id, keyframe, frame, sps, fill }: (typeof LADDER)[number], isKeyframe: boolean, random: () => number): VideoPacket {
  const bytes = Math.round((isKeyframe ? keyframe : frame) * (0.7 + 0.6 * random()));
  const slice = Buffer.concat([START, Buffer.from([isKeyframe ? 0x65 : 0x41]), Buffer.alloc(bytes, fill)]);
  const data = isKeyframe ? Buffer.concat([START, Buffer.from(sps, 'hex'), START, PPS, slice]) : slice;
  return { kind: 'video', codec: 'h264', layer: id, captureUs: Date.now() * 1000, durationUs: FRAME_MS * 1000, keyframe: isKeyframe, data };
}

export function receive(session: MediaSession, datagram: Buffer): void {
  const isRtcp = datagram.readUInt8(1) >= 192 && datagram.readUInt8(1) <= 223;
  if (isRtcp) session.receiveRtcp(datagram);
  else session.receiveRtp(datagram);
}

export function travel(link: LinkModel, datagram: Buffer, arrive: () => void): void {
  const nowMs = Date.now();
  const atMs = link.send(datagram.length + 28, nowMs);
  if (atMs !== null) setTimeout(arrive, atMs - nowMs);
}

export function keysOf(): SrtpKeys {
  const bytes = (length: number, value: number): Buffer => Buffer.alloc(length, value);
  return { profile: SRTP_PROFILE.aeadAes128Gcm, localKey: bytes(16, 1), localSalt: bytes(12, 2), remoteKey: bytes(16, 3), remoteSalt: bytes(12, 4) };
}

export function swapped({ profile, localKey, localSalt, remoteKey, remoteSalt }: SrtpKeys): SrtpKeys {
  return { profile, localKey: remoteKey, localSalt: remoteSalt, remoteKey: localKey, remoteSalt: localSalt };
}

/** A session as those see it who send through it. `on` is the caller's. */
export function asPeer(session: MediaSession, on: Peer['on']): Peer {
  return {
    id: 'modelled', state: 'connected', heardAtMs: 0, on, close: () => undefined, addRemoteCandidates: () => undefined,
    send: (frame, rid = null) => session.send(frame, rid), forget: (rid) => session.forget(rid), probe: (bps, rid) => session.probe(bps, rid),
    requestKeyframe: (rid) => session.requestKeyframe(rid), stats: () => session.stats(), leave: (kind) => session.leave(kind),
    join: (cohort, onLeft) => cohort instanceof PumpCohort && session.join(cohort, onLeft), watchWay: (isWatched) => session.watch(isWatched),
    get way() {
      return session.way;
    },
  };
}
