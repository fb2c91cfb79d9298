import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAuthority, issueForServer } from '#kit/process/certificates.ts';
import { createLog } from '#kit/process/log.ts';
import { tlsServer } from './tls-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'edge-tls-'));
const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
const log = createLog('test');
log.level = 'silent';

beforeAll(async () => {
  const authority = await createAuthority('CN=Test authority', Date.now());
  const { certificatePem, keyPem } = await issueForServer(authority, 'CN=localhost', ['127.0.0.1'], Date.now());
  writeFileSync(files.certFile, certificatePem);
  writeFileSync(files.keyFile, keyPem);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ['says nothing', Buffer.alloc(0)],
  ['begins a handshake and stops', Buffer.from('1603010200010001fc0303', 'hex')],
  ['does not speak TLS', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
])('closes a connection that %s', { timeout: 30_000 }, async (_, bytes) => {
  const server = tlsServer(files, log, { handshakeMs: 500 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined).resume();
  await once(socket, 'connect');
  socket.write(bytes);
  await once(socket, 'close');
  server.close();
  await once(server, 'close');
  expect(socket.destroyed).toBe(true);
});
