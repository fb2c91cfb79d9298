import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { codeOf, reasonOf } from '#kit/process/errors.ts';
import type { LiveSource } from './live-source.ts';
import type { Peer, WebRtcEndpoint } from '../types.ts';

/** Test aid: WHEP and WHIP at their barest in front of an endpoint, and the page that speaks them. */
export interface SignallingServer {
  readonly origin: string;
  readonly peers: readonly Peer[];
  close(): Promise<void>;
}

/** `source` is what `/whep` plays; without it there is only `/whip`. */
export async function startSignalling(endpoint: WebRtcEndpoint, page: string, source?: LiveSource): Promise<SignallingServer> {
  const peers: Peer[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'POST') return void response.setHeader('content-type', 'text/html').end(page);
    const direction = request.url === '/whip' ? 'receive' : 'send';
    const { peer, answerSdp } = await endpoint.accept(await text(request), { direction, h264ProfileLevelId: '42c01f' });
    peers.push(peer);
    if (direction === 'send' && source !== undefined) play(peer, source);
    response.writeHead(201, { 'content-type': 'application/sdp' }).end(answerSdp);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(400).end(`${codeOf(error)}: ${reasonOf(error)}`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { origin: `http://127.0.0.1:${port}`, peers, close };
}

function play(peer: Peer, source: LiveSource): void {
  peer.on('connected', () => {
    for (const frame of source.gop) peer.send(frame);
    const stop = source.onFrame((frame) => peer.send(frame));
    peer.on('closed', stop);
  });
}
