import { ApiError } from '#kit/ui/client/api-client.ts';
import { connectPeer, type MediaEndpoint, onlyH264 } from '#kit/ui/whep/connect.ts';

export interface SentScreen {
  /** Rejects with an `ApiError` when no connection comes about. */
  readonly connected: Promise<void>;
  readonly lost: Promise<string>;
  /** Without a goodbye, which would give the seat up: another connection follows. */
  drop(): void;
}

/** Text stays sharp at this rate when a page is turned, and a classroom's network does not notice it. */
const MAX_BITRATE = 4_000_000;
const MAX_FPS = 15;
const CONNECT_MS = 8_000;

/** Sends a captured screen, and its sound where there is one, by WHIP. Ends with `signal`. @throws ApiError as `connectPeer` */
export async function sendScreen(stream: MediaStream, endpoint: MediaEndpoint, signal: AbortSignal): Promise<SentScreen> {
  const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers: [] });
  for (const track of stream.getTracks()) addTrack(peer, track, stream);
  const { lost } = await connectPeer(peer, endpoint, signal);
  return { connected: connectionOf(peer), lost, drop: () => peer.close() };
}

function addTrack(peer: RTCPeerConnection, track: MediaStreamTrack, stream: MediaStream): void {
  // A screen is text: it may come seldom, but not blurred.
  if (track.kind === 'video') track.contentHint = 'detail';
  const sendEncodings = track.kind === 'video' ? [{ maxBitrate: MAX_BITRATE, maxFramerate: MAX_FPS }] : [];
  const transceiver = peer.addTransceiver(track, { direction: 'sendonly', streams: [stream], sendEncodings });
  if (track.kind === 'video') onlyH264(transceiver, RTCRtpSender.getCapabilities('video'));
}

function connectionOf(peer: RTCPeerConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new ApiError('unreachable', 'No connection to the box came about.', 0)), CONNECT_MS);
    const look = () => {
      if (peer.connectionState === 'connected') resolve();
      else if (peer.connectionState === 'failed') reject(new ApiError('unreachable', 'The connection to the box failed.', 0));
      else return;
      clearTimeout(late);
    };
    peer.addEventListener('connectionstatechange', look);
    look();
  });
}
