import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CodedError } from '#kit/process/errors.ts';
import { splitRecords } from './dtls/records.ts';
import { openWebRtc } from './endpoint.ts';
import { buildNack, buildReceiverReport, buildRemb, buildSenderReport, parseRtcp } from './rtcp/packet.ts';
import { buildRtpHeader, parseRtp } from './rtp/packet.ts';
import { parseCandidates, parseDescription } from './sdp/description.ts';
import { negotiate } from './sdp/negotiate.ts';
import { addressedUfrag } from './stun/check.ts';
import { ATTRIBUTE, buildStun, hasFingerprint, hasIntegrity, parseStun, STUN } from './stun/message.ts';
import { generator } from './testing/lossy-relay.ts';

const random = generator(20_261_121);
const below = (limit: number): number => Math.floor(random() * limit);
const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => below(256)));

/** Real packets, to be bent. */
const SEEDS: readonly Buffer[] = [
  buildStun(STUN.bindingRequest, noise(12), [{ type: ATTRIBUTE.username, value: Buffer.from('abcd:efgh') }, { type: ATTRIBUTE.useCandidate, value: Buffer.alloc(0) }], 'password'),
  Buffer.concat([buildRtpHeader({ payloadType: 96, marker: true, sequence: 1, timestamp: 2, ssrc: 3 }, [{ id: 1, value: Buffer.from('0') }, { id: 2, value: Buffer.from('720p') }]), noise(40)]),
  buildSenderReport({ ssrc: 1, ntp: 2n, rtpTimestamp: 3, packets: 4, bytes: 5 }),
  Buffer.concat([buildReceiverReport(1, []), buildNack(1, 2, [1, 2, 30]), buildRemb(1, 1e6, [2])]),
  Buffer.concat([Buffer.from('16fefd00000000000000000020', 'hex'), noise(32)]),
];

/** Some bytes changed, cut out, doubled or cut off. */
function bent(seed: Buffer): Buffer {
  let out = Buffer.from(seed);
  for (let turn = below(4); turn >= 0; turn -= 1) {
    const at = below(Math.max(1, out.length));
    const way = below(4);
    if (way === 0 && out.length > 0) out.writeUInt8(below(256), at);
    else if (way === 1) out = Buffer.concat([out.subarray(0, at), out.subarray(at + below(8))]);
    else if (way === 2) out = Buffer.concat([out.subarray(0, at), noise(below(8)), out.subarray(at)]);
    else out = Buffer.from(out.subarray(0, at));
  }
  return out;
}

const datagram = (): Buffer => (random() < 0.3 ? noise(below(200)) : bent(SEEDS[below(SEEDS.length)] ?? noise(20)));

test('20,000 bent datagrams throw nothing and take no time', () => {
  const begun = Date.now();
  for (let count = 0; count < 20_000; count += 1) {
    const bytes = datagram();
    const message = parseStun(bytes);
    if (message !== null) expect([hasFingerprint(message), hasIntegrity(message, 'password')]).toHaveLength(2);
    if (message !== null) addressedUfrag(message);
    parseRtp(bytes);
    parseRtcp(bytes);
    splitRecords(bytes);
  }
  expect(Date.now() - begun).toBeLessThan(10_000);
});

test('2,000 bent offers are refused with a code or answered', () => {
  const offer = readFileSync(new URL('./testing/offers/chromium-whip-simulcast.sdp', import.meta.url));
  for (let count = 0; count < 2000; count += 1) {
    const text = random() < 0.1 ? noise(below(400)).toString('latin1') : bent(bent(offer)).toString('latin1');
    parseCandidates(text);
    const thrown = caught(() => negotiate(parseDescription(text), { direction: 'receive', h264ProfileLevelId: '42e01f', newSsrc: () => 1 }));
    if (thrown !== null) expect(thrown).toBeInstanceOf(CodedError);
  }
});

test('an endpoint that is shouted at stays open, keeps no state and answers nothing', async () => {
  const endpoint = await openWebRtc({ host: '127.0.0.1', port: 0, advertised: [] });
  const stranger = createSocket('udp4');
  stranger.bind(0, '127.0.0.1');
  await once(stranger, 'listening');
  let answers = 0;
  stranger.on('message', () => (answers += 1));
  for (let count = 0; count < 2000; count += 1) {
    stranger.send(datagram(), endpoint.port, '127.0.0.1');
    if (count % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect([answers, endpoint.peers().length]).toEqual([0, 0]);
  await endpoint.close();
  stranger.close();
});

function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return null;
}
