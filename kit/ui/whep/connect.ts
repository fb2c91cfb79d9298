import { ApiError, refusalOf } from '../client/api-client.ts';
import { type IceServer, iceServersIn } from './ice-links.ts';

/** A WHEP or WHIP address and the bearer token that opens it. */
export interface MediaEndpoint {
  readonly url: string;
  readonly token: string;
}

export interface Connected {
  /** Resolves with a sentence when the connection is lost; never after its signal has aborted. */
  readonly lost: Promise<string>;
}

const ANSWER_MS = 8_000;
const GOODBYE_MS = 1_000;
/** ICE consent may recover from `disconnected` by itself (RFC 7675); after this it is called lost. */
const DISCONNECTED_MS = 2_500;

/**
 * Offers what `peer` was prepared for (RFC 9725 and its playback form) and takes the answer; the session ends, at the service too, with
 * `signal` and with the page, also one whose answer could not be taken.
 * Throws {@link ApiError} with the service's code, or `unreachable`.
 */
export async function connectPeer(peer: RTCPeerConnection, endpoint: MediaEndpoint, signal: AbortSignal): Promise<Connected> {
  try {
    // Candidates are not waited for: an ICE-lite server learns this side's addresses from its checks (RFC 8445 section 7.3.1.3).
    const offer = await peer.createOffer();
    const { answer, resource, iceServers } = await exchange(endpoint, offer.sdp ?? '', signal);
    const close = closer(peer, resource, endpoint.token);
    signal.addEventListener('abort', close, { once: true });
    if (signal.aborted) close();
    else await takeAnswer(peer, { offer, answer, iceServers });
    return { lost: lossOf(peer) };
  } catch (error) {
    peer.close();
    // An answer that was cut off on its way, or that a browser makes nothing of, is none.
    throw error instanceof ApiError ? error : new ApiError('unreachable', 'The picture’s server gave no answer that can be used.', 0, {}, error);
  }
}

interface Exchanged {
  readonly offer: RTCSessionDescriptionInit;
  readonly answer: string;
  readonly iceServers: readonly IceServer[];
}

/**
 * Gathering begins with the local description, and uses the servers that are known by then (RFC 9429 section 4.1.18): so that comes last
 * (RFC 9725 section 4.6).
 */
async function takeAnswer(peer: RTCPeerConnection, { offer, answer, iceServers }: Exchanged): Promise<void> {
  if (iceServers.length > 0) peer.setConfiguration({ ...peer.getConfiguration(), iceServers: [...iceServers] });
  await peer.setLocalDescription(offer);
  await peer.setRemoteDescription({ type: 'answer', sdp: answer });
}

const isH264 = ({ mimeType }: { readonly mimeType: string }): boolean => /\/h264$/i.test(mimeType);

/** Firefox has no H.264 for WebRTC before it has fetched a plugin, and some builds of Chromium have none at all. A browser that does not say is believed to. */
export function receivesH264(): boolean {
  return RTCRtpReceiver.getCapabilities?.('video')?.codecs.some(isH264) ?? true;
}

/** Only H.264 with its retransmissions: with VP8 on offer a browser may settle on what nobody takes or sends. */
export function onlyH264(transceiver: RTCRtpTransceiver, capabilities: RTCRtpCapabilities | null): void {
  const wanted = (capabilities?.codecs ?? []).filter(({ mimeType }) => /\/(h264|rtx)$/i.test(mimeType));
  if (wanted.some(isH264)) transceiver.setCodecPreferences(wanted);
}

/** RFC 9725 section 4.2: the offer posted, the answer and the session's own address back. */
async function exchange({ url, token }: MediaEndpoint, offer: string, signal: AbortSignal) {
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
  return {
    answer: await response.text(),
    resource: location === null ? null : new URL(location, response.url || url).href,
    iceServers: iceServersIn(response.headers.get('link')),
  };
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
