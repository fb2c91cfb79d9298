import { beforeAll, expect, test } from 'vitest';
import { SRTP_PROFILE, type SrtpKeys } from '../srtp/session.ts';
import { createDtlsCertificate, type DtlsCertificate } from './certificate.ts';
import { buildRecord } from './records.ts';
import { WeriftDtls } from './werift-dtls.ts';

let ours: DtlsCertificate;
let theirs: DtlsCertificate;
beforeAll(async () => {
  [ours, theirs] = await Promise.all([createDtlsCertificate(), createDtlsCertificate()]);
});

interface Side {
  dtls: WeriftDtls;
  keys: SrtpKeys[];
  closed: string[];
}

/** Two sides joined in memory. `tap` sees, and may replace, each datagram to the server. */
function joined(serverOptions: Partial<{ certificate: DtlsCertificate; expects: string }>, clientOptions: Partial<{ certificate: DtlsCertificate; expects: string }>): { server: Side; client: Side } {
  const made: { server?: Side; client?: Side } = {};
  const side = (role: 'server' | 'client', certificate: DtlsCertificate, expects: string): Side => {
    const keys: SrtpKeys[] = [];
    const closed: string[] = [];
    const send = (datagram: Buffer): void => void setImmediate(() => (role === 'server' ? made.client : made.server)?.dtls.receive(datagram));
    const events = { send, onConnected: (agreed: SrtpKeys) => keys.push(agreed), onClosed: (reason: string) => closed.push(reason) };
    return { dtls: new WeriftDtls({ role, certificate, remoteFingerprints: [{ algorithm: 'sha-256', value: expects }], events }), keys, closed };
  };
  made.server = side('server', serverOptions.certificate ?? ours, serverOptions.expects ?? theirs.fingerprint);
  made.client = side('client', clientOptions.certificate ?? theirs, clientOptions.expects ?? ours.fingerprint);
  made.client.dtls.start();
  return { server: made.server, client: made.client };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('not in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const over = ({ keys, closed }: Side): boolean => keys.length + closed.length > 0;

test('both sides agree on the same AES-GCM keys, once', async () => {
  const { server, client } = joined({}, {});
  await until(() => over(server) && over(client));
  const [a, b] = [server.keys[0], client.keys[0]];
  expect([server.keys.length, client.keys.length]).toEqual([1, 1]);
  expect(a?.profile).toBe(SRTP_PROFILE.aeadAes128Gcm);
  expect([a?.localKey, a?.localSalt, a?.remoteKey, a?.remoteSalt]).toEqual([b?.remoteKey, b?.remoteSalt, b?.localKey, b?.localSalt]);
  client.dtls.close();
  await until(() => server.closed.length > 0);
  expect(server.closed).toEqual(['the far end closed the connection']);
  server.dtls.close();
});

test.each([
  ['server', 'another certificate than the offer named', { expects: 'AB:'.repeat(31) + 'AB' }, {}, /not the one that the SDP names/],
  ['client', 'another certificate than the answer named', {}, { expects: 'AB:'.repeat(31) + 'AB' }, /not the one that the SDP names/],
] as const)('the %s refuses %s', async (role, _what, serverOptions, clientOptions, reason) => {
  const { server, client } = joined(serverOptions, clientOptions);
  const refusing = role === 'server' ? server : client;
  await until(() => over(refusing));
  expect(refusing.keys).toEqual([]);
  expect(refusing.closed[0]).toMatch(reason);
  server.dtls.close();
  client.dtls.close();
});

test("a copied certificate without its key is refused on both sides", async () => {
  const thief = await createDtlsCertificate();
  const asServer = joined({ certificate: { ...ours, privateKey: thief.privateKey } }, {});
  const asClient = joined({}, { certificate: { ...theirs, privateKey: thief.privateKey } });
  await until(() => over(asServer.client) && over(asClient.server));
  for (const refusing of [asServer.client, asClient.server]) {
    expect(refusing.keys).toEqual([]);
    expect(refusing.closed[0]).toMatch(/not signed by the key/);
  }
  for (const each of [asServer.server, asServer.client, asClient.server, asClient.client]) each.dtls.close();
});

test('forged plain records do not disturb a connected peer', async () => {
  const { server, client } = joined({}, {});
  await until(() => over(server) && over(client));
  const hello = Buffer.from('010000200000000000000020fefd' + '00'.repeat(30), 'hex');
  for (const record of [buildRecord(21, 0, 99, Buffer.from([2, 40])), buildRecord(22, 0, 99, hello), buildRecord(21, 1, 99, Buffer.alloc(40)), buildRecord(99, 1, 1, Buffer.alloc(3)), Buffer.from([22, 0xfe])]) {
    server.dtls.receive(record);
    client.dtls.receive(record);
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect([server.closed, client.closed]).toEqual([[], []]);
  client.dtls.close();
  await until(() => server.closed.length > 0);
  server.dtls.close();
});
