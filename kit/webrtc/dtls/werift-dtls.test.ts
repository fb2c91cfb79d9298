import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SrtpKeys } from '../srtp/session.ts';
import { createDtlsCertificate, type DtlsCertificate } from './certificate.ts';
import { buildRecord } from './records.ts';
import { HANDSHAKE } from './verify-handshake.ts';
import { WeriftDtls } from './werift-dtls.ts';

type Role = 'server' | 'client';
/** Gives a datagram on, not at all, or later. */
type Way = (datagram: Buffer, deliver: (datagram: Buffer) => void) => void;
interface Agreed {
  readonly keys: Partial<Record<Role, SrtpKeys>>;
}

const CERTIFICATES: Partial<Record<Role, DtlsCertificate>> = {};
beforeAll(async () => {
  [CERTIFICATES.server, CERTIFICATES.client] = await Promise.all([createDtlsCertificate(), createDtlsCertificate()]);
});

function certificateOf(role: Role): DtlsCertificate {
  const certificate = CERTIFICATES[role];
  if (certificate === undefined) throw new Error('not made yet');
  return certificate;
}

const [CHANGE_CIPHER_SPEC, HANDSHAKE_RECORD] = [20, 22];
const other = (role: Role): Role => (role === 'server' ? 'client' : 'server');

/** Of two sides joined in memory; `way` is the one to the named side, the other loses nothing. */
async function handshake(to: Role, way: Way): Promise<Agreed> {
  const agreed: Agreed = { keys: {} };
  const sides: Partial<Record<Role, WeriftDtls>> = {};
  const side = (role: Role): WeriftDtls => {
    const deliver = (datagram: Buffer): void => void setImmediate(() => sides[other(role)]?.receive(datagram));
    const send = (datagram: Buffer): void => {
      if (other(role) === to) way(datagram, deliver);
      else deliver(datagram);
    };
    const events = { send, onConnected: (keys: SrtpKeys) => (agreed.keys[role] = keys), onClosed: () => undefined };
    return new WeriftDtls({ role, certificate: certificateOf(role), remoteFingerprints: [{ algorithm: 'sha-256', value: certificateOf(other(role)).fingerprint }], events });
  };
  const [server, client] = [side('server'), side('client')];
  Object.assign(sides, { server, client });
  client.start();
  const deadline = Date.now() + 6_000;
  while ((agreed.keys.server === undefined || agreed.keys.client === undefined) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
  server.close();
  client.close();
  return agreed;
}

const losing = (number: number): Way => {
  let count = 0;
  return (datagram, deliver) => void (count++ === number || deliver(datagram));
};

/** It comes right after the one that was sent after it. */
const delaying = (number: number): Way => {
  let count = 0;
  let held: Buffer | null = null;
  return (datagram, deliver) => {
    if (count++ === number) return void (held = datagram);
    deliver(datagram);
    if (held !== null) deliver(held);
    held = null;
  };
};

/** Several records in a datagram, as browsers send their last flight. */
const bundling = (): Way => {
  const waiting: Buffer[] = [];
  return (datagram, deliver) => {
    if (waiting.push(datagram) === 1) queueMicrotask(() => deliver(Buffer.concat(waiting.splice(0))));
  };
};

function expectEqualKeys({ keys: { server, client } }: Agreed): void {
  expect(server).toBeDefined();
  expect([server?.localKey, server?.localSalt, server?.remoteKey, server?.remoteSalt]).toEqual([client?.remoteKey, client?.remoteSalt, client?.localKey, client?.localSalt]);
}

describe.each<Role>(['server', 'client'])('on the way to the %s', (to) => {
  it.each<[string, (number: number) => Way]>([
    ['datagram is lost', losing],
    ['datagram comes after the next', delaying],
    ['fragment is lost', (number) => fragmenting(losing(number))],
    ['fragment comes after the next', (number) => fragmenting(delaying(number))],
  ])('costs time only where a %s, whichever it is', async (_what, harm) => {
    const harmed = await Promise.all(Array.from({ length: await countOf(to, harm(Infinity)) }, (_, number) => handshake(to, harm(number))));
    expect(harmed.flatMap(({ keys }, number) => (keys.server === undefined || keys.client === undefined ? [number] : []))).toEqual([]);
    harmed.forEach(expectEqualKeys);
  });

  it('a flight in one datagram connects', async () => expectEqualKeys(await handshake(to, bundling())));
});

/** Deliveries of an unharmed handshake. */
async function countOf(to: Role, way: Way): Promise<number> {
  let count = 0;
  await handshake(to, (datagram, deliver) => way(datagram, (part) => {
    count += 1;
    deliver(part);
  }));
  expect(count).toBeGreaterThan(6);
  return count;
}

function fragmenting(way: Way): Way {
  return (datagram, deliver) => inFragments(datagram, 60).forEach((part) => way(part, deliver));
}

/** One handshake message of epoch 0 in several records; anything else as it is. */
function inFragments(datagram: Buffer, size: number): Buffer[] {
  if (datagram.readUInt8(0) !== 22 || datagram.readUInt16BE(3) !== 0) return [datagram];
  const [header, body] = [datagram.subarray(13, 25), datagram.subarray(25)];
  const pieces: Buffer[] = [];
  for (let at = 0; at === 0 || at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    const own = Buffer.from(header);
    own.writeUIntBE(at, 6, 3);
    own.writeUIntBE(part.length, 9, 3);
    pieces.push(buildRecord(22, 0, datagram.readUIntBE(5, 6), Buffer.concat([own, part])));
  }
  return pieces;
}

it("sends its last flight once, also where the server's flight comes again just before its Finished", async () => {
  const toClient: Buffer[] = [];
  const sides: Partial<Record<Role, WeriftDtls>> = {};
  const agreed = Promise.withResolvers<void>();
  const side = (role: Role, send: (datagram: Buffer) => void, onConnected: () => void): WeriftDtls => new WeriftDtls({
    role, certificate: certificateOf(role), remoteFingerprints: [{ algorithm: 'sha-256', value: certificateOf(other(role)).fingerprint }], events: { send, onConnected, onClosed: () => undefined },
  });
  sides.server = side('server', (datagram) => {
    const isLastFlight = datagram[0] === CHANGE_CIPHER_SPEC || datagram.readUInt16BE(3) === 1;
    if (datagram[0] === CHANGE_CIPHER_SPEC) sides.client?.receive(toClient.at(-1) ?? Buffer.alloc(0));
    toClient.push(Buffer.from(datagram));
    if (isLastFlight) sides.client?.receive(datagram);
    else setImmediate(() => sides.client?.receive(datagram));
  }, () => undefined);
  const fromClient: Buffer[] = [];
  sides.client = side('client', (datagram) => {
    fromClient.push(Buffer.from(datagram));
    setImmediate(() => sides.server?.receive(datagram));
  }, agreed.resolve);
  sides.client.start();
  await agreed.promise;
  // werift answers within some turns of the loop.
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(fromClient.map((datagram) => datagram[0])).toEqual([...Array.from({ length: 5 }, () => HANDSHAKE_RECORD), CHANGE_CIPHER_SPEC, HANDSHAKE_RECORD]);
  sides.server.close();
  sides.client.close();
});

/** A Certificate that claims a length. */
function claimed(length: number, offset: number, body: Buffer, claims = body.length): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt8(HANDSHAKE.certificate, 0);
  header.writeUIntBE(length, 1, 3);
  header.writeUIntBE(offset, 6, 3);
  header.writeUIntBE(claims, 9, 3);
  return buildRecord(22, 0, 1, Buffer.concat([header, body]));
}

const MOST = 0xffffff;
const CLAIMS: [string, Buffer[]][] = [
  ['two ends of 16 MB', [claimed(MOST, 0, Buffer.from('fffffc', 'hex')), claimed(MOST, MOST - 1, Buffer.alloc(1))]],
  ['16 MB in one piece that is not there', [claimed(MOST, 0, Buffer.from('fffffc', 'hex'), MOST)]],
  ['two ends of 600 kB', [claimed(600_003, 0, Buffer.from('0927c0', 'hex')), claimed(600_003, 600_002, Buffer.alloc(1))]],
];

describe.each<Role>(['server', 'client'])('a %s', (role) => {
  afterEach(() => void vi.restoreAllMocks());

  it.each(CLAIMS)('sets no memory aside for a claim: %s', (_what, datagrams) => {
    const dtls = new WeriftDtls({ role, certificate: certificateOf(role), remoteFingerprints: [], events: { send: () => undefined, onConnected: () => undefined, onClosed: () => undefined } });
    const alloc = vi.spyOn(Buffer, 'alloc');
    for (const datagram of datagrams) dtls.receive(datagram);
    expect(Math.max(0, ...alloc.mock.calls.map(([bytes]) => bytes))).toBeLessThan(20_000);
    dtls.close();
  });
});
