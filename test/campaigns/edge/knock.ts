import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import type { IceCredentials } from '#kit/webrtc/stun/check.ts';
import { askToPlay, type Ticket } from './viewer.ts';

export interface Offer {
  readonly sdp: string;
  readonly ufrag: string;
  readonly password: string;
}

/** A real offer whose endpoint is gone: nobody connects by itself. */
export async function offerOf(direction: 'send' | 'receive'): Promise<Offer> {
  const endpoint = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }] });
  const { offerSdp } = await endpoint.offer({ direction, rids: [], audio: true, h264ProfileLevelId: '42e01f' });
  await endpoint.close();
  return { sdp: offerSdp, ...iceOf(offerSdp) };
}

export interface Knock {
  /** As the student's own side has them. */
  readonly ice: IceCredentials;
  readonly leave: () => Promise<void>;
}

/** Agrees on a session by WHEP, and leaves it to the caller what then goes over UDP. `setup`: who is to begin DTLS (RFC 8842). */
export async function knock(ticket: Ticket, setup: 'actpass' | 'passive' = 'actpass'): Promise<Knock> {
  const { token, whep } = await askToPlay(ticket);
  const offer = await offerOf('receive');
  const authorization = `Bearer ${token}`;
  const response = await fetch(whep, { method: 'POST', headers: { authorization, 'content-type': 'application/sdp' }, body: offer.sdp.replaceAll('a=setup:actpass', `a=setup:${setup}`) });
  const answer = await response.text();
  if (response.status !== 201) throw new Error(`WHEP was answered with ${response.status}: ${answer}`);
  const theirs = iceOf(answer);
  return {
    ice: { localUfrag: offer.ufrag, localPassword: offer.password, remoteUfrag: theirs.ufrag, remotePassword: theirs.password },
    // It may be over already: that is what some of this is for.
    leave: async () => void (await fetch(new URL(response.headers.get('location') ?? '', whep), { method: 'DELETE', headers: { authorization } })),
  };
}

function iceOf(sdp: string): { readonly ufrag: string; readonly password: string } {
  return { ufrag: /a=ice-ufrag:(\S+)/.exec(sdp)?.[1] ?? '', password: /a=ice-pwd:(\S+)/.exec(sdp)?.[1] ?? '' };
}
