import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { bent } from '#kit/testing/fuzz.ts';
import { oneOf, type Random } from '#kit/testing/random.ts';
import { buildSenderReport } from '#kit/webrtc/rtcp/packet.ts';
import { buildCheck, type IceCredentials } from '#kit/webrtc/stun/check.ts';
import { clientHello } from './client-hello.ts';
import { type EdgeFault, everybody } from './fault.ts';
import { knock } from './knock.ts';
import { restartedViewer } from './restarted-viewer.ts';
import type { EdgeStage } from './stage.ts';
import { Strangers } from './strangers.ts';

const ADDRESSES = 60;
/** As many as one far end may prove: more are not answered anyway. */
const FORGED = 8;
const DATAGRAMS = 6_000;
/** Enough that answers and challenges together are fewer bytes. */
const RESTART_CHECKS = 10;
/** What is answered late counts too: DTLS repeats a flight after a second. */
const LISTEN_MS = 2_500;
/** Below what ends a handshake that goes in circles. */
const HELLOS = 250;

/** What comes by UDP from those who have proved nothing, or more than they should be able to. */
export const UDP_ATTACKS: readonly EdgeFault[] = [
  { name: 'STUN and RTCP from strangers', isShort: true, spares: everybody, strike: shoutedAt },
  { name: 'DTLS hellos from strangers', isShort: true, spares: everybody, strike: helloed },
  { name: 'checks from forged addresses', isShort: true, spares: everybody, strike: forged },
  { name: 'one check from a forged address, and no more', spares: everybody, strike: forgedOnce },
  { name: 'a running stream restarted from a forged address', isShort: true, spares: everybody, strike: restartedElsewhere },
  { name: 'DTLS hellos after a check', isShort: true, spares: everybody, strike: helloedAfterCheck },
  { name: 'a viewer\'s packets again', isShort: true, spares: everybody, strike: replayedByViewer },
  { name: 'a publisher\'s packets again', isShort: true, spares: everybody, strike: replayedByPublisher },
];

/** Noise, checks for nobody, and checks for a student whose password is not known. */
async function shoutedAt(stage: EdgeStage, random: Random): Promise<string[]> {
  const { ice, leave } = await knock(stage.intruder);
  const known = check({ ...ice, remotePassword: 'not the password' }, true);
  const kinds = [known, check({ ...ice, remoteUfrag: 'nobody' }, true), buildSenderReport({ ssrc: 1, ntp: 2n, rtpTimestamp: 3, packets: 4, bytes: 5 })] as const;
  const broken = await shout(stage, repeated(DATAGRAMS, (at) => (at % 3 === 0 ? oneOf(kinds, random) : bent(oneOf(kinds, random), random))), 0);
  await leave();
  return broken;
}

async function helloed(stage: EdgeStage, random: Random): Promise<string[]> {
  const hello = await clientHello();
  return await shout(stage, repeated(DATAGRAMS, (at) => (at % 2 === 0 ? hello : bent(hello, random))), 0);
}

/** A student knows the password, and could write anybody's address into the packets. */
async function forged(stage: EdgeStage): Promise<string[]> {
  const { ice, leave } = await knock(stage.intruder);
  const broken = await shout(stage, repeated(DATAGRAMS / 4, () => check(ice, true)), 1, FORGED);
  await leave();
  return broken;
}

/** Nor may it be begun with somebody who is named in one datagram. */
async function forgedOnce(stage: EdgeStage): Promise<string[]> {
  const { ice, leave } = await knock(stage.intruder);
  const broken = await shout(stage, [check(ice, true)], 1, 1);
  await leave();
  const passive = await knock(stage.intruder, 'passive').catch(() => null);
  await passive?.leave();
  return passive === null ? broken : [...broken, 'the edge would begin DTLS with whoever is named in a check'];
}

/** A restart has its keys already: its first check is all that says where the stream goes. */
async function restartedElsewhere(stage: EdgeStage): Promise<string[]> {
  const { ice, leave } = await restartedViewer(stage.intruder);
  const broken = await shout(stage, repeated(RESTART_CHECKS, () => check(ice, true)), 1, 1);
  await leave();
  return broken;
}

async function helloedAfterCheck(stage: EdgeStage): Promise<string[]> {
  const { ice, leave } = await knock(stage.intruder);
  const hello = await clientHello();
  const broken = await shout(stage, [check(ice, true), ...repeated(HELLOS, () => hello)], 1, 1);
  await leave();
  return broken;
}

/** Checks and reports of a student who watches: from strangers they must not turn the stream away, from the student they count once. */
async function replayedByViewer(stage: EdgeStage): Promise<string[]> {
  stage.recorder.replay(10);
  const sent = stage.recorder.sent();
  return await shout(stage, repeated(10 * sent.length, (at) => sent[at % sent.length] ?? Buffer.alloc(0)), 1);
}

/** What it does to the class is seen at the viewers. */
async function replayedByPublisher({ publishers }: EdgeStage): Promise<string[]> {
  const packets = await publishers['room-1'].replay();
  return packets > 0 ? [] : ['nothing of the publisher was there to be sent again'];
}

/** Sends it all, and judges what came back: as many bytes for one sent as are allowed. */
async function shout({ edge }: EdgeStage, datagrams: Iterable<Buffer>, allowed: number, addresses: number = ADDRESSES): Promise<string[]> {
  await using strangers = await Strangers.open(addresses, edge.ports.edgeUdp);
  await strangers.shout(datagrams);
  await delay(LISTEN_MS);
  const { sentBytes, receivedBytes } = strangers;
  return receivedBytes <= sentBytes * allowed ? [] : [`strangers sent ${sentBytes} bytes and were sent ${receivedBytes}`];
}

function check(ice: IceCredentials, nominate: boolean): Buffer {
  return buildCheck({ transactionId: randomBytes(12), ice, role: 'controlling', tieBreaker: 1n, nominate });
}

function* repeated(count: number, make: (at: number) => Buffer): Generator<Buffer> {
  for (let at = 0; at < count; at += 1) yield make(at);
}
