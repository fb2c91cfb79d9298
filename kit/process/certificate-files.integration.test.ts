import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { followCertificate, readCertificate } from './certificate-files.ts';
import { type AuthorityKeys, createAuthority, issueForServer } from './certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'certificate-files-'));
const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
let authority: AuthorityKeys;
beforeAll(async () => {
  authority = await createAuthority('CN=Test authority', Date.now());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function write(name: string): Promise<void> {
  const { certificatePem, keyPem } = await issueForServer(authority, `CN=${name}`, ['localhost'], Date.now());
  writeFileSync(files.keyFile, keyPem);
  writeFileSync(files.certFile, certificatePem);
}

async function shownBy(port: number): Promise<unknown> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: authority.certificatePem });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return subject.CN;
}

it('shows a renewed certificate without a restart, and keeps the old one while the new one is no good', async () => {
  await write('first');
  const said: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void said.push((JSON.parse(line) as { msg: string }).msg) });
  const server = createServer(readCertificate(files, 'the test'));
  followCertificate(server, files, { what: 'the test', log, lookEveryMs: 20 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await shownBy(port)).toBe('first');
  writeFileSync(files.certFile, 'not a certificate');
  await expect.poll(() => said).toContain('the new certificate for the test cannot be used; the old one goes on');
  expect(await shownBy(port)).toBe('first');
  await write('second');
  await expect.poll(() => shownBy(port)).toBe('second');
  server.close();
  await once(server, 'close');
});

it('says which certificate it can not read', () => {
  expect(() => readCertificate({ certFile: join(folder, 'none'), keyFile: files.keyFile }, 'HTTPS')).toThrow(/The certificate for HTTPS cannot be read.*none/);
});
