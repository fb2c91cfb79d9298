import { FrameReader, framed } from '../../tcp-frames.ts';
import { createDtlsCertificate, type DtlsCertificate } from '../certificate.ts';
import { HANDSHAKE } from '../verify-handshake.ts';
import { buildRecord, splitRecords } from '../records.ts';
import { WeriftDtls } from '../werift-dtls.ts';

export type Role = 'server' | 'client';

export interface Recorded {
  /** What each side sent in a handshake that came to its end, datagram by datagram (RFC 4571 framing). */
  readonly sent: Readonly<Record<Role, Buffer>>;
  readonly certificates: Readonly<Record<Role, DtlsCertificate>>;
  /** Which the server asked the client to show. */
  readonly cookie: Buffer;
}

const HANDSHAKE_RECORD = 22;
const HEADER_BYTES = 12;
/** Behind the record's header, the message's, and a version and a length (RFC 6347 section 4.2.1). */
const COOKIE_AT = 13 + HEADER_BYTES + 3;
const WITHIN_TURNS = 1_000;

export async function recordHandshake(): Promise<Recorded> {
  const [ofServer, ofClient] = await Promise.all([createDtlsCertificate(), createDtlsCertificate()]);
  const certificates = { server: ofServer, client: ofClient };
  const sent: Record<Role, Buffer[]> = { server: [], client: [] };
  let connected = 0;
  const side = (role: Role, deliver: (datagram: Buffer) => void): WeriftDtls => {
    const send = (datagram: Buffer): void => {
      sent[role].push(Buffer.from(datagram));
      setImmediate(() => deliver(datagram));
    };
    const far = certificates[role === 'server' ? 'client' : 'server'];
    return new WeriftDtls({ role, certificate: certificates[role], remoteFingerprints: [{ algorithm: 'sha-256', value: far.fingerprint }], events: { send, onConnected: () => (connected += 1), onClosed: () => undefined } });
  };
  const server: WeriftDtls = side('server', (datagram) => client.receive(datagram));
  const client: WeriftDtls = side('client', (datagram) => server.receive(datagram));
  client.start();
  for (let turn = 0; connected < 2 && turn < WITHIN_TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  if (connected < 2) throw new Error('the handshake to be recorded came to no end');
  const cookie = cookieOf(sent.server) ?? Buffer.alloc(0);
  server.close();
  client.close();
  return { sent: { server: inOne(sent.server), client: inOne(sent.client) }, certificates, cookie };
}

export function inOne(datagrams: readonly Buffer[]): Buffer {
  return Buffer.concat(datagrams.map(framed));
}

export function datagramsOf(input: Buffer): Buffer[] {
  return new FrameReader().push(input) ?? [];
}

/** Null before a server has asked for one. */
export function cookieOf([asked]: readonly Buffer[]): Buffer | null {
  return asked === undefined || asked.length <= COOKIE_AT ? null : asked.subarray(COOKIE_AT);
}

/** A recorded Finished is sealed with keys that nobody has any more: the same message, to be read without any. */
export function withPlainFinished(sent: Buffer): Buffer {
  const plain = datagramsOf(sent).filter((datagram) => splitRecords(datagram).every(({ epoch }) => epoch === 0));
  const last = plain.flatMap(splitRecords).filter(({ contentType }) => contentType === HANDSHAKE_RECORD).at(-1);
  const number = (last?.body.readUInt16BE(4) ?? 0) + 1;
  return inOne([...plain, handshakeRecord(HANDSHAKE.finished, number, Buffer.alloc(12, 7))]);
}

/** A whole message in a record of epoch 0 (RFC 6347 section 4.2.2). */
export function handshakeRecord(type: number, number: number, body: Buffer, { offset = 0, length = body.length } = {}): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(type, 0);
  header.writeUIntBE(length, 1, 3);
  header.writeUInt16BE(number, 4);
  header.writeUIntBE(offset, 6, 3);
  header.writeUIntBE(body.length, 9, 3);
  return buildRecord(HANDSHAKE_RECORD, 0, 1, Buffer.concat([header, body]));
}
