import { once } from 'node:events';
import type { Playback } from '#edge-relay/contract/api.ts';
import { reasonOf } from '#kit/process/errors.ts';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import type { Peer } from '#kit/webrtc/types.ts';
import type { BindUdp } from '#kit/webrtc/udp-socket.ts';
import { MediaWatch } from './media-watch.ts';
import { keepWatching, type LightViewer, type Ticket } from './viewer.ts';

export interface WhepOptions {
  /** Opens its socket: the system's own unless told. */
  readonly bind?: BindUdp;
  /** Whether it says that it goes; a phone that loses its network does not. */
  readonly saysGoodbye?: () => boolean;
}

const LOOK_MS = 250;
const CONNECT_WITHIN_MS = 8_000;
/** A browser misses five seconds of consent checks, and the page waits 2.5 s more. */
const UNHEARD_MS = 7_500;
/** The classes of the campaigns have 25 pictures a second. */
const PICTURE_US = 40_000;

/** By real WHEP, ICE, DTLS and SRTP. */
export function whepViewer(ticket: Ticket, { bind, saysGoodbye = () => true }: WhepOptions = {}): LightViewer {
  const watch = new MediaWatch();
  const sit = async ({ token, whep }: Playback, signal: AbortSignal): Promise<void> => {
    const endpoint = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }], ...(bind === undefined ? {} : { bind }) });
    let resource = '';
    try {
      const offer = await endpoint.offer({ direction: 'receive', rids: [], audio: true, h264ProfileLevelId: '42e01f' });
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' };
      const response = await fetch(whep, { method: 'POST', headers, body: offer.offerSdp, signal });
      const answer = await response.text();
      if (response.status !== 201) throw new Error(`WHEP was answered with ${response.status}: ${answer}`);
      resource = new URL(response.headers.get('location') ?? '', whep).href;
      offer.peer.on('frame', ({ kind, captureUs }) => (kind === 'video' ? watch.picture(captureUs, PICTURE_US) : undefined));
      offer.peer.on('connected', () => watch.sits());
      await offer.setAnswer(answer);
      watch.ended(await over(offer.peer, signal));
      if (saysGoodbye()) await fetch(resource, { method: 'DELETE', headers: { authorization: headers.authorization }, signal: AbortSignal.timeout(1_000) }).catch(() => undefined);
    } finally {
      await endpoint.close();
    }
  };
  return { name: `WHEP ${ticket.room}`, room: ticket.room, watch, run: (signal) => keepWatching(ticket, watch, sit, signal) };
}

/** Until the peer is closed, not heard of any more, or the viewer leaves. */
async function over(peer: Peer, signal: AbortSignal): Promise<string> {
  const end = new AbortController();
  peer.on('closed', (reason) => end.abort(new Error(reason)));
  const sinceMs = Date.now();
  const looking = setInterval(() => {
    const nowMs = Date.now();
    if (peer.state === 'connecting' && nowMs - sinceMs > CONNECT_WITHIN_MS) end.abort(new Error('not connected in time'));
    if (peer.state === 'connected' && nowMs - peer.heardAtMs > UNHEARD_MS) end.abort(new Error('nothing is heard of the edge'));
  }, LOOK_MS);
  const leave = (): void => end.abort(new Error('it left'));
  signal.addEventListener('abort', leave, { once: true });
  try {
    if (!signal.aborted && !end.signal.aborted) await once(end.signal, 'abort');
  } finally {
    clearInterval(looking);
    signal.removeEventListener('abort', leave);
  }
  return reasonOf(end.signal.reason);
}
