import { bent, type FuzzTarget } from '../../testing/fuzz.ts';
import { below, type Random } from '../../testing/random.ts';
import { useNativeX25519 } from './native-x25519.ts';
import { splitRecords } from './records.ts';
import { type HeldTime, holdTime } from './testing/held-time.ts';
import { cookieOf, datagramsOf, handshakeRecord, inOne, type Recorded, recordHandshake, type Role, withPlainFinished } from './testing/recorded.ts';
import { WeriftDtls } from './werift-dtls.ts';

const HANDSHAKE_RECORD = 22;
const HEADER_BYTES = 12;
/** werift repeats a flight eleven times at most, about 1.5 kB of it, and nothing of an earlier one; a few flights of answers come to this. */
const MOST_ANSWERS_BYTES = 64 * 1024;
const PROVES_NOTHING = 'not signed by the key';
/** One costs a signature and two keys. */
const SHORT_COUNT = 3_000;
/** Of time that passes until the last wait is over. */
const MOST_WAITS = 40;

/** A handshake message of a datagram that has nothing else, or null. */
function messageOf(datagram: Buffer): { readonly type: number; readonly number: number; readonly body: Buffer } | null {
  const [record] = splitRecords(datagram);
  if (record?.contentType !== HANDSHAKE_RECORD || record.epoch !== 0 || record.body.length < HEADER_BYTES) return null;
  return { type: record.body.readUInt8(0), number: record.body.readUInt16BE(4), body: record.body.subarray(HEADER_BYTES) };
}

/** Each takes the datagrams and one of them, and answers what takes the place of it. */
const WAYS: readonly ((datagram: Buffer, random: Random, all: readonly Buffer[]) => Buffer[])[] = [
  (datagram, random) => [bent(datagram, random)],
  rewritten,
  rewritten,
  (datagram, random) => renamed(datagram, random),
  inPieces,
  () => [],
  (datagram) => [datagram, datagram],
  (datagram, random, all) => [all[below(all.length, random)] ?? datagram, datagram],
  (datagram, random, all) => [Buffer.concat([datagram, all[below(all.length, random)] ?? datagram])],
];

/** What it says is bent, its lengths are true: so it comes to the parser of that message. */
function rewritten(datagram: Buffer, random: Random): Buffer[] {
  const message = messageOf(datagram);
  return [message === null ? bent(datagram, random) : handshakeRecord(message.type, message.number, bent(message.body, random))];
}

/** As another message, or in another place. */
function renamed(datagram: Buffer, random: Random): Buffer[] {
  const message = messageOf(datagram);
  if (message === null) return [datagram];
  const { type, number, body } = message;
  return [random() < 0.5 ? handshakeRecord(below(21, random), number, body) : handshakeRecord(type, below(8, random), body)];
}

/** In pieces that may overlap, leave something out, or lie. */
function inPieces(datagram: Buffer, random: Random): Buffer[] {
  const message = messageOf(datagram);
  if (message === null) return [datagram];
  const { type, number, body } = message;
  const [size, pieces] = [1 + below(100, random), [] as Buffer[]];
  for (let at = 0; at < body.length && pieces.length < 80; at += size) {
    const offset = random() < 0.9 ? at : below(body.length + 20, random);
    const length = random() < 0.95 ? body.length : below(2 ** 24, random);
    pieces.push(handshakeRecord(type, number, body.subarray(at, at + size + (random() < 0.1 ? 5 : 0)), { offset, length }));
  }
  return pieces;
}

/** A handshake with up to three of its datagrams hurt. */
function hurt(seed: Buffer, random: Random): Buffer {
  let datagrams = datagramsOf(seed);
  for (let times = 1 + below(3, random); times > 0 && datagrams.length > 0; times -= 1) {
    const at = below(datagrams.length, random);
    const way = WAYS[below(WAYS.length, random)] ?? rewritten;
    datagrams = datagrams.flatMap((datagram, index) => (index === at ? way(datagram, random, datagrams) : [datagram]));
  }
  return inOne(datagrams);
}

/** What a far end says in a handshake, to one that is new each time: its flights are recorded, but for the cookie. */
function target(role: Role): FuzzTarget {
  const far: Role = role === 'server' ? 'client' : 'server';
  let recorded: Recorded | null = null;
  let time: HeldTime | null = null;
  return {
    name: `dtls-${role}`,
    seeds: async () => {
      useNativeX25519();
      recorded = await recordHandshake();
      time = holdTime();
      const whole = withPlainFinished(recorded.sent[far]);
      const reason = await converse(role, datagramsOf(whole), { recorded, time, random: () => 1 });
      if (reason?.includes(PROVES_NOTHING) !== true) throw new Error(`what was recorded does not come as far as the proofs: ${reason ?? 'no end'}`);
      return [recorded.sent[far], whole];
    },
    shortCount: SHORT_COUNT,
    hurt,
    feed: async (input, random) => {
      if (recorded === null || time === null) throw new Error('nothing was recorded');
      await converse(role, datagramsOf(input), { recorded, time, random });
    },
    close: () => Promise.resolve(time?.release()),
  };
}

interface Stage {
  readonly recorded: Recorded;
  readonly time: HeldTime;
  readonly random: Random;
}

/** Answers why it was over, null where it waits for more. */
async function converse(role: Role, datagrams: readonly Buffer[], { recorded: { certificates, cookie }, time, random }: Stage): Promise<string | null> {
  const [sent, reasons] = [[] as Buffer[], [] as string[]];
  let connected = false;
  const remote = certificates[role === 'server' ? 'client' : 'server'];
  const dtls = new WeriftDtls({
    role, certificate: certificates[role], remoteFingerprints: [{ algorithm: 'sha-256', value: remote.fingerprint }],
    events: { send: (datagram) => void sent.push(datagram), onConnected: () => (connected = true), onClosed: (reason) => void reasons.push(reason) },
  });
  dtls.start();
  for (const datagram of datagrams) {
    dtls.receive(withCookie(datagram, cookie, role === 'server' ? cookieOf(sent) : null));
    await turn();
    if (random() < 0.05) time.pass();
  }
  dtls.close();
  for (let waits = 0; time.waiting > 0; waits += 1) {
    if (waits > MOST_WAITS) throw new Error(`${time.waiting} waits go on after the end`);
    time.pass();
    await turn();
  }
  const bytes = sent.reduce((sum, { length }) => sum + length, 0);
  // What was recorded proves nothing to a side with other randoms.
  if (connected || reasons.length > 1 || bytes > MOST_ANSWERS_BYTES) throw new Error(`connected: ${connected}, over: ${reasons.join(', ')}, answers: ${bytes} bytes`);
  return reasons[0] ?? null;
}

function withCookie(datagram: Buffer, recorded: Buffer, asked: Buffer | null): Buffer {
  const at = datagram.indexOf(recorded);
  if (asked === null || at < 0) return datagram;
  return Buffer.concat([datagram.subarray(0, at), asked, datagram.subarray(at + recorded.length)]);
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Whoever has passed a check of STUN: what is behind `splitRecords`, up to the proofs. */
export const dtlsTargets: readonly FuzzTarget[] = [target('server'), target('client')];
