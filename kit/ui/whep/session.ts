import { connectPeer, type Connected, type MediaEndpoint, onlyH264 } from './connect.ts';

/** One WHEP session: from the offer to `close`, never restarted. */
export interface WhepSession extends Connected {
  readonly peer: RTCPeerConnection;
  readonly stream: MediaStream;
}

export interface SessionOptions {
  readonly sound: boolean;
  /** Wish for the receiver's jitter buffer, milliseconds. The browser holds more when the network needs it. */
  readonly bufferMs?: number;
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
  const receivers = [video.receiver];
  if (options.sound) receivers.push(peer.addTransceiver('audio', { direction: 'recvonly' }).receiver);
  for (const receiver of receivers) {
    if (options.bufferMs !== undefined && 'jitterBufferTarget' in receiver) receiver.jitterBufferTarget = options.bufferMs;
    stream.addTrack(receiver.track);
  }
  return stream;
}
