import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { bent } from '../testing/fuzz.ts';
import { oneOf, randomFrom } from '../testing/random.ts';
import { openWebRtc } from './endpoint.ts';
import { buildSenderReport } from './rtcp/packet.ts';
import { ATTRIBUTE, buildStun, STUN } from './stun/message.ts';

const SHOUTED = [
  buildStun(STUN.bindingRequest, Buffer.alloc(12, 7), [{ type: ATTRIBUTE.username, value: Buffer.from('abcd:efgh') }], 'password'),
  buildSenderReport({ ssrc: 1, ntp: 2n, rtpTimestamp: 3, packets: 4, bytes: 5 }),
  Buffer.concat([Buffer.from('16fefd00000000000000000020', 'hex'), Buffer.alloc(32, 1)]),
] as const;

test('an endpoint that is shouted at stays open, keeps no state and answers nothing', async () => {
  const random = randomFrom(20_261_121);
  const endpoint = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [] });
  const stranger = createSocket('udp4');
  stranger.bind(0, '127.0.0.1');
  await once(stranger, 'listening');
  let answers = 0;
  stranger.on('message', () => (answers += 1));
  for (let count = 0; count < 2000; count += 1) {
    stranger.send(bent(oneOf(SHOUTED, random), random), endpoint.port, '127.0.0.1');
    if (count % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect([answers, endpoint.peers().length]).toEqual([0, 0]);
  await endpoint.close();
  stranger.close();
});
