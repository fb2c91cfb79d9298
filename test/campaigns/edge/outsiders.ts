import { createTokenKeys, signToken } from '#kit/process/tokens.ts';
import { EDGE_AUDIENCE } from '#edge-relay/contract/access.ts';
import { offerOf } from './knock.ts';
import type { EdgeStage } from './stage.ts';

const ROOM = 'room-1';
/** Far beyond any that there is. */
const SEGMENT = 2 ** 40;
const forger = createTokenKeys();

/** Tries every way in without the right to; what let somebody in. */
export async function doorsLeftOpen({ edge: { url }, outsiders }: Pick<EdgeStage, 'edge' | 'outsiders'>): Promise<string[]> {
  const claims = { iss: 'edge', aud: EDGE_AUDIENCE, sub: 'whep-room-1', scope: 'play', room: ROOM, name: 'x', jti: 'x', exp: Math.floor(Date.now() / 1000) + 600 };
  const forged = signToken(claims, forger.privateKeyPem);
  const { sdp } = await offerOf('receive');
  const whep = (token: string): RequestInit => ({ method: 'POST', headers: { 'content-type': 'application/sdp', authorization: `Bearer ${token}` }, body: sdp });
  const asks: readonly [string, string, RequestInit][] = [
    ...outsiders.map(({ session }, at): [string, string, RequestInit] => [`outsider ${at} to a playback token`, `/api/rooms/${ROOM}/playback`, { method: 'POST', headers: { authorization: `Bearer ${session}` } }]),
    ...['', forged].flatMap((token): [string, string, RequestInit][] => [
      [`'${token.slice(0, 8)}' to WHEP`, `/whep/${ROOM}`, whep(token)],
      [`'${token.slice(0, 8)}' to HLS`, `/hls/${ROOM}/360p/index.m3u8?token=${token}`, {}],
      [`'${token.slice(0, 8)}' to HTTP-FLV`, `/flv/${ROOM}.flv?token=${token}`, {}],
    ]),
    ['a made-up signature to a part', `/hls/${ROOM}/360p/init-0.mp4?sig=${'a'.repeat(43)}&until=${SEGMENT}`, {}],
  ];
  const statuses = await Promise.all(asks.map(async ([, path, init]) => {
    const response = await fetch(`${url}${path}`, { ...init, signal: AbortSignal.timeout(10_000) });
    await response.body?.cancel();
    return response.status;
  }));
  return statuses.flatMap((status, at) => (status < 400 || status >= 500 ? [`${asks[at]?.[0]} was answered with ${status}`] : []));
}
