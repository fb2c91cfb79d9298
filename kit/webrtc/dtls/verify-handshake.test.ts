import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { createDtlsCertificate } from './certificate.ts';
import { faultOf, HANDSHAKE, verifyData, type HandshakeMessage, type HandshakeProof } from './verify-handshake.ts';

let certificate: Buffer;
let key: KeyObject;
const stranger: KeyObject = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const masterSecret = randomBytes(48);

beforeAll(async () => {
  ({ der: certificate, privateKey: key } = await createDtlsCertificate());
});

function message(type: number, fromClient: boolean, body: Buffer): HandshakeMessage {
  const header = Buffer.alloc(12);
  header.writeUInt8(type, 0);
  header.writeUIntBE(body.length, 1, 3);
  header.writeUIntBE(body.length, 9, 3);
  return { type, fromClient, body, bytes: Buffer.concat([header, body]) };
}

function signature(content: Buffer, by: KeyObject): Buffer {
  const made = sign('sha256', content, by);
  return Buffer.concat([Buffer.from([4, 3, made.length >> 8, made.length & 0xff]), made]);
}

const hello = (): Buffer => Buffer.concat([Buffer.from('fefd', 'hex'), randomBytes(40)]);

function clientProof(by: KeyObject = key): HandshakeProof {
  const before = [message(HANDSHAKE.clientHello, true, hello()), message(HANDSHAKE.serverHello, false, hello()), message(HANDSHAKE.clientKeyExchange, true, randomBytes(66))];
  const verify = message(HANDSHAKE.certificateVerify, true, signature(Buffer.concat(before.map(({ bytes }) => bytes)), by));
  const messages = [...before, verify];
  return { messages, remoteIsClient: true, certificate, masterSecret, finished: verifyData(masterSecret, messages.map(({ bytes }) => bytes), true) };
}

function serverProof(by: KeyObject = key): HandshakeProof {
  const [client, server] = [hello(), hello()];
  const parameters = Buffer.concat([Buffer.from([3, 0, 29, 32]), randomBytes(32)]);
  const exchange = Buffer.concat([parameters, signature(Buffer.concat([client.subarray(2, 34), server.subarray(2, 34), parameters]), by)]);
  const messages = [message(HANDSHAKE.clientHello, true, client), message(HANDSHAKE.serverHello, false, server), message(HANDSHAKE.serverKeyExchange, false, exchange)];
  return { messages, remoteIsClient: false, certificate, masterSecret, finished: verifyData(masterSecret, messages.map(({ bytes }) => bytes), false) };
}

test('an honest client and an honest server are believed', () => {
  expect([faultOf(clientProof()), faultOf(serverProof())]).toEqual([null, null]);
});

test("somebody who shows another's certificate is not", () => {
  const fault = 'the handshake is not signed by the key of the certificate';
  expect([faultOf(clientProof(stranger)), faultOf(serverProof(stranger))]).toEqual([fault, fault]);
});

test('a handshake without a signature is not', () => {
  for (const proof of [clientProof(), serverProof()]) {
    const messages = proof.messages.filter(({ type }) => type !== HANDSHAKE.certificateVerify && type !== HANDSHAKE.serverKeyExchange);
    expect(faultOf({ ...proof, messages })).toBe('the handshake lacks its signature');
  }
});

test('a Finished of another handshake, cut short or missing is not', () => {
  const proof = clientProof();
  for (const finished of [randomBytes(12), proof.finished.subarray(0, 11), Buffer.alloc(0)]) {
    expect(faultOf({ ...proof, finished })).toBe('the Finished message does not match the handshake');
  }
  expect(faultOf({ ...proof, masterSecret: randomBytes(48) })).toBe('the Finished message does not match the handshake');
});

test('nonsense in the signed fields is a fault, not an exception', () => {
  const proof = serverProof();
  for (const body of [Buffer.alloc(0), Buffer.from([3, 0, 29, 255]), randomBytes(40)]) {
    const messages = proof.messages.map((each) => (each.type === HANDSHAKE.serverKeyExchange ? { ...each, body } : each));
    expect(faultOf({ ...proof, messages })).not.toBeNull();
  }
  expect(faultOf({ ...proof, certificate: Buffer.from('no certificate') })).not.toBeNull();
});
