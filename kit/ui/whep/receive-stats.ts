/** What the receiver measured, added up over the session. */
export interface ReceiveStats {
  readonly framesDecoded: number;
  readonly framesDropped: number;
  readonly width: number;
  readonly height: number;
  readonly videoBytes: number;
  readonly audioBytes: number;
  readonly packetsLost: number;
  /** Times that the picture stood for much longer than a frame lasts, and how long together; 0 where the browser does not say. */
  readonly freezes: number;
  readonly frozenSeconds: number;
  /** Decoded frames a second since the last look. */
  readonly fps: number;
  readonly atMs: number;
}

export const noStats: ReceiveStats = {
  framesDecoded: 0,
  framesDropped: 0,
  width: 0,
  height: 0,
  videoBytes: 0,
  audioBytes: 0,
  packetsLost: 0,
  freezes: 0,
  frozenSeconds: 0,
  fps: 0,
  atMs: 0,
};

interface Inbound {
  readonly type: string;
  readonly kind?: string;
  readonly framesDecoded?: number;
  readonly framesDropped?: number;
  readonly frameWidth?: number;
  readonly frameHeight?: number;
  readonly bytesReceived?: number;
  readonly packetsLost?: number;
  readonly freezeCount?: number;
  readonly totalFreezesDuration?: number;
}

/** Reads `RTCPeerConnection.getStats()` (W3C webrtc-stats, `inbound-rtp`). */
export function readStats(report: Iterable<Inbound>, previous: ReceiveStats, atMs: number): ReceiveStats {
  const inbound = [...report].filter(({ type }) => type === 'inbound-rtp');
  const video = inbound.find(({ kind }) => kind === 'video');
  const audio = inbound.find(({ kind }) => kind === 'audio');
  const framesDecoded = video?.framesDecoded ?? 0;
  const seconds = (atMs - previous.atMs) / 1000;
  const fresh = previous.atMs > 0 && seconds > 0 && framesDecoded >= previous.framesDecoded;
  return {
    framesDecoded,
    framesDropped: video?.framesDropped ?? 0,
    width: video?.frameWidth ?? 0,
    height: video?.frameHeight ?? 0,
    videoBytes: video?.bytesReceived ?? 0,
    audioBytes: audio?.bytesReceived ?? 0,
    packetsLost: (video?.packetsLost ?? 0) + (audio?.packetsLost ?? 0),
    freezes: video?.freezeCount ?? 0,
    frozenSeconds: video?.totalFreezesDuration ?? 0,
    fps: fresh ? (framesDecoded - previous.framesDecoded) / seconds : 0,
    atMs,
  };
}
