import { connectPeer, type Connected, type MediaEndpoint, onlyH264 } from './connect.ts';

/** One WHEP session: from the offer to the end of its signal, never restarted. */
export interface WhepSession extends Connected {
  readonly peer: RTCPeerConnection;
  readonly stream: MediaStream;
}

export interface SessionOptions {
  readonly sound: boolean;
  readonly signal: AbortSignal;
}

/** Throws `ApiError` with the service's code, or `unreachable`. */
export async function openSession(endpoint: MediaEndpoint, options: SessionOptions): Promise<WhepSession> {
  const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers: [] });
  const stream = receiveInto(peer, options);
  return { peer, stream, ...(await connectPeer(peer, endpoint, options.signal)) };
}

function receiveInto(peer: RTCPeerConnection, options: SessionOptions): MediaStream {
  const stream = new MediaStream();
  const video = peer.addTransceiver('video', { direction: 'recvonly' });
  onlyH264(video, RTCRtpReceiver.getCapabilities('video'));
  stream.addTrack(video.receiver.track);
  if (options.sound) stream.addTrack(peer.addTransceiver('audio', { direction: 'recvonly' }).receiver.track);
  return stream;
}
