import { afterEach, expect, test } from 'vitest';
import { openWebRtc } from './endpoint.ts';
import type { Peer, WebRtcEndpoint } from './types.ts';

const open: WebRtcEndpoint[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function opened(maxPeers?: number): Promise<WebRtcEndpoint> {
  const made = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [], ...(maxPeers === undefined ? {} : { maxPeers }) });
  open.push(made);
  return made;
}

/** An endpoint for so many far ends, who come by these. */
async function serve(maxPeers: number) {
  const [server, client] = [await opened(maxPeers), await opened()];
  const offerOf = async (direction: 'send' | 'receive'): Promise<string> => (await client.offer({ direction, rids: [], audio: true, h264ProfileLevelId: '42c01f' })).offerSdp;
  const [plays, publishes] = [await offerOf('receive'), await offerOf('send')];
  const watch = async (): Promise<Peer> => (await server.accept(plays, { direction: 'send' })).peer;
  const publish = async (replaces?: Peer): Promise<Peer> => (await server.accept(publishes, { direction: 'receive', ...(replaces === undefined ? {} : { replaces }) })).peer;
  return { server, watch, publish };
}

const FULL = { code: 'too_many_peers', status: 503 };

test('places are kept for far ends that send, however many want to watch', async () => {
  const { server, watch, publish } = await serve(20);
  for (let viewer = 0; viewer < 19; viewer += 1) await watch();
  expect([server.hasPlaceFor('send'), server.hasPlaceFor('receive')]).toEqual([false, true]);
  await expect(watch()).rejects.toMatchObject(FULL);
  await publish();
  await expect(publish()).rejects.toMatchObject(FULL);
  expect(server.peers()).toHaveLength(20);
});

test('a far end that comes back takes the place of the one it replaces, as often as it has to try', async () => {
  const { server, watch, publish } = await serve(20);
  const first = await publish();
  for (let viewer = 0; viewer < 18; viewer += 1) await watch();
  const other = await publish();
  for (let attempt = 0; attempt < 2; attempt += 1) await publish(first);
  await expect(publish()).rejects.toMatchObject(FULL);
  first.close();
  other.close();
  // Two attempts stand for one far end until the old one is gone, and then for themselves.
  expect(server.hasPlaceFor('receive')).toBe(false);
});
