import { ApiError, refusalOf } from '../client/api-client.ts';

export interface WhepEndpoint {
  readonly url: string;
  readonly token: string;
}

/** One WHEP session: from the offer to `close`, never restarted. */
export interface WhepSession {
  readonly peer: RTCPeerConnection;
  readonly stream: MediaStream;
  /** Resolves with a sentence when the connection is lost; never after `close`. */
  readonly lost: Promise<string>;
  /** Ends the session at the service too. Twice is harmless. */
  close(): void;
}

export interface SessionOptions {
  readonly sound: boolean;
  readonly iceServers?: RTCIceServer[];
  /** Wish for the receiver's jitter buffer, milliseconds. The browser holds more when the network needs it. */
  readonly bufferMs?: number;
  readonly signal: AbortSignal;
}

/** Host candidates come at once; a slow interface is not waited for longer than this. */
const GATHER_MS = 300;
const ANSWER_MS = 8_000;
const GOODBYE_MS = 1_000;
/** ICE consent may recover from `disconnected` by itself (RFC 7675); after this it is called lost. */
const DISCONNECTED_MS = 2_500;

/** Throws {@link ApiError} with the service's code, or `unreachable`. */
export async function openSession(endpoint: WhepEndpoint, options: SessionOptions): Promise<WhepSession> {
  const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers: options.iceServers ?? [] });
  try {
    const stream = receiveInto(peer, options);
    const offer = await gatheredOffer(peer);
    const { answer, resource } = await exchange(endpoint, offer, options.signal);
    const close = closer(peer, resource, endpoint.token);
    options.signal.addEventListener('abort', close, { once: true });
    if (options.signal.aborted) close();
    else await peer.setRemoteDescription({ type: 'answer', sdp: answer });
    return { peer, stream, lost: lossOf(peer), close };
  } catch (error) {
    peer.close();
    throw error;
  }
}

function receiveInto(peer: RTCPeerConnection, options: SessionOptions): MediaStream {
  const stream = new MediaStream();
  const video = peer.addTransceiver('video', { direction: 'recvonly' });
  preferH264(video);
  const receivers = [video.receiver];
  if (options.sound) receivers.push(peer.addTransceiver('audio', { direction: 'recvonly' }).receiver);
  for (const receiver of receivers) {
    if (options.bufferMs !== undefined && 'jitterBufferTarget' in receiver) receiver.jitterBufferTarget = options.bufferMs;
    stream.addTrack(receiver.track);
  }
  return stream;
}

/** Only H.264 with its retransmissions: with VP8 on offer a browser may settle on what nobody sends. */
function preferH264(transceiver: RTCRtpTransceiver): void {
  const codecs = RTCRtpReceiver.getCapabilities('video')?.codecs ?? [];
  const wanted = codecs.filter(({ mimeType }) => /\/(h264|rtx)$/i.test(mimeType));
  if (wanted.some(({ mimeType }) => /h264$/i.test(mimeType))) transceiver.setCodecPreferences(wanted);
}

async function gatheredOffer(peer: RTCPeerConnection): Promise<string> {
  await peer.setLocalDescription();
  if (peer.iceGatheringState !== 'complete') {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GATHER_MS);
      peer.addEventListener('icegatheringstatechange', () => {
        if (peer.iceGatheringState !== 'complete') return;
        clearTimeout(timer);
        resolve();
      });
    });
  }
  return peer.localDescription?.sdp ?? '';
}

/** RFC 9725 section 4.2 in its playback form: the offer posted, the answer and the session's own address back. */
async function exchange({ url, token }: WhepEndpoint, offer: string, signal: AbortSignal) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/sdp', accept: 'application/sdp' },
    body: offer,
    cache: 'no-store',
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
  }).catch((cause: unknown) => {
    throw new ApiError('unreachable', 'The picture’s server can not be reached.', 0, {}, cause);
  });
  if (response.status !== 201) throw refusalOf(response.status, await response.json().catch(() => null));
  const location = response.headers.get('location');
  return { answer: await response.text(), resource: location === null ? null : new URL(location, response.url || url).href };
}

function closer(peer: RTCPeerConnection, resource: string | null, token: string): () => void {
  let open = true;
  const close = () => {
    if (!open) return;
    open = false;
    removeEventListener('pagehide', close);
    // The goodbye goes first: a peer that closes is forgotten at the other end, which would then not know what the goodbye is about.
    if (resource === null) peer.close();
    else void sayGoodbye(resource, token).finally(() => peer.close());
  };
  addEventListener('pagehide', close);
  return close;
}

/** The server also notices by itself (consent expires): a goodbye that does not arrive changes nothing. */
async function sayGoodbye(resource: string, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  return fetch(resource, { method: 'DELETE', headers, keepalive: true, signal: AbortSignal.timeout(GOODBYE_MS) }).then(
    (response) => response.ok,
    () => false,
  );
}

function lossOf(peer: RTCPeerConnection): Promise<string> {
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    peer.addEventListener('connectionstatechange', () => {
      clearTimeout(timer);
      if (peer.connectionState === 'failed') resolve('The connection for the picture failed.');
      if (peer.connectionState === 'disconnected') {
        timer = setTimeout(() => resolve('The connection for the picture was lost.'), DISCONNECTED_MS);
      }
    });
  });
}
