import { randomBytes } from 'node:crypto';
import { openWebRtc } from '#kit/webrtc/endpoint.ts';
import { parseRestart } from '#kit/webrtc/sdp/description.ts';
import type { Knock } from './knock.ts';
import { askToPlay, type Ticket } from './viewer.ts';

/** Watches by WHEP for real, agrees on a restart of ICE (RFC 9725 section 4.3.3) and leaves it to the caller from where that is checked. */
export async function restartedViewer(ticket: Ticket): Promise<Knock> {
  const { token, whep } = await askToPlay(ticket);
  const authorization = `Bearer ${token}`;
  const endpoint = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [{ address: '127.0.0.1' }] });
  const offer = await endpoint.offer({ direction: 'receive', rids: [], audio: true, h264ProfileLevelId: '42e01f' });
  const connected = new Promise<void>((resolve, reject) => {
    offer.peer.on('connected', resolve);
    offer.peer.on('closed', (reason) => reject(new Error(reason)));
  });
  const created = await fetch(whep, { method: 'POST', headers: { authorization, 'content-type': 'application/sdp' }, body: offer.offerSdp });
  await offer.setAnswer(await created.text());
  await connected;
  const resource = new URL(created.headers.get('location') ?? '', whep);
  const own = { iceUfrag: randomBytes(6).toString('hex'), icePassword: randomBytes(18).toString('hex') };
  const fragment = `a=ice-ufrag:${own.iceUfrag}\r\na=ice-pwd:${own.icePassword}\r\n`;
  const answer = await fetch(resource, { method: 'PATCH', headers: { authorization, 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '*' }, body: fragment });
  const theirs = parseRestart(await answer.text());
  return {
    ice: { localUfrag: own.iceUfrag, localPassword: own.icePassword, remoteUfrag: theirs.iceUfrag, remotePassword: theirs.icePassword },
    leave: async () => {
      await fetch(resource, { method: 'DELETE', headers: { authorization } });
      await endpoint.close();
    },
  };
}
