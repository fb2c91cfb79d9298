import type { Socket } from 'node:dgram';
import { channel } from 'node:diagnostics_channel';
import { expect, test } from 'vitest';
import { openWebRtc } from './endpoint.ts';
import { parseDescription } from './sdp/description.ts';
import { buildCheck } from './stun/check.ts';
import { bindUdp } from './udp-socket.ts';

/** What `run` opens, and the system's own sockets below it: only a raw socket could send from port 0. */
async function socketsOf<T>(run: () => Promise<T>): Promise<{ made: T; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const noted = (message: unknown): void => void sockets.push((message as { socket: Socket }).socket);
  channel('udp.socket').subscribe(noted);
  const made = await run();
  channel('udp.socket').unsubscribe(noted);
  return { made, sockets };
}

test('a check that claims to come from port 0 is not answered, and harms nobody', async () => {
  const { made: endpoint, sockets } = await socketsOf(() => openWebRtc({ host: '127.0.0.1', port: 0, advertised: [] }));
  const offered = await endpoint.offer({ direction: 'receive', rids: [], audio: true, h264ProfileLevelId: '42e01f' });
  const { answerSdp } = await endpoint.accept(offered.offerSdp, { direction: 'send' });
  const [local, remote] = [parseDescription(offered.offerSdp), parseDescription(answerSdp)];
  const ice = { localUfrag: local.iceUfrag, localPassword: local.icePassword, remoteUfrag: remote.iceUfrag, remotePassword: remote.icePassword };
  const check = buildCheck({ transactionId: Buffer.alloc(12, 7), ice, role: 'controlling', tieBreaker: 1n, nominate: true });
  expect(() => sockets[0]?.emit('message', check, { address: '127.0.0.1', family: 'IPv4', port: 0, size: check.length })).not.toThrow();
  await endpoint.close();
});

test('nothing is sent to port 0', async () => {
  const socket = await bindUdp('127.0.0.1', 0, { onDatagram: () => undefined, onFailed: () => undefined });
  expect(() => socket.send(Buffer.alloc(1), { address: '127.0.0.1', port: 0 })).not.toThrow();
  await socket.close();
});
