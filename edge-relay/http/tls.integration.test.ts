/** The edge by itself over HTTPS, without a proxy in front. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, expect, it } from 'vitest';
import { createAuthority, issueForServer } from '#kit/process/certificates.ts';
import { startEdge, until } from '../testing/edge.ts';

const folder = mkdtempSync(join(tmpdir(), 'edge-tls-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };

it('serves HTTPS with the certificate of its configuration, doors and all, and with another one after SIGHUP', async () => {
  const authority = await createAuthority('CN=Test authority', Date.now());
  const { certificatePem, keyPem } = await issueForServer(authority, 'CN=localhost', ['127.0.0.1'], Date.now());
  writeFileSync(files.certFile, certificatePem);
  writeFileSync(files.keyFile, keyPem);
  const edge = await startEdge({ tls: files });
  try {
    const statusOf = async (path: string): Promise<number | undefined> => {
      const [answer] = (await once(get({ host: '127.0.0.1', port: edge.ports.http, path, ca: authority.certificatePem }), 'response')) as [IncomingMessage];
      answer.resume();
      return answer.statusCode;
    };
    expect([await statusOf('/healthz'), await statusOf('/hls/room-1/720p/index.m3u8?token=x')]).toEqual([200, 401]);
    await expect(fetch(`http://127.0.0.1:${edge.ports.http}/healthz`)).rejects.toThrow('fetch failed');
    const shown = async (): Promise<string> => {
      const socket = connect({ host: '127.0.0.1', port: edge.ports.http, ca: authority.certificatePem });
      await once(socket, 'secureConnect');
      const { serialNumber } = socket.getPeerCertificate();
      socket.destroy();
      return serialNumber;
    };
    const before = await shown();
    const renewed = await issueForServer(authority, 'CN=localhost', ['127.0.0.1'], Date.now());
    writeFileSync(files.certFile, renewed.certificatePem);
    writeFileSync(files.keyFile, renewed.keyPem);
    expect(await shown()).toBe(before);
    process.emit('SIGHUP', 'SIGHUP');
    expect(await shown()).not.toBe(before);
  } finally {
    await edge.stop();
  }
});

it('takes another certificate for RTMPS when it is asked to look, and says why it does not', async () => {
  const authority = await createAuthority('CN=Test authority', Date.now());
  const issue = () => issueForServer(authority, 'CN=localhost', ['127.0.0.1'], Date.now());
  const rtmps = { certFile: join(folder, 'rtmps-cert.pem'), keyFile: join(folder, 'rtmps-key.pem') };
  const [first, second] = await Promise.all([issue(), issue()]);
  const write = ({ certificatePem, keyPem }: { readonly certificatePem: string; readonly keyPem: string }): void => {
    writeFileSync(rtmps.certFile, certificatePem);
    writeFileSync(rtmps.keyFile, keyPem);
  };
  write(first);
  const edge = await startEdge({ rtmp: { host: '127.0.0.1', port: 0, tls: { port: 0, ...rtmps } } });
  try {
    await until(() => edge.ports.rtmps());
    const shown = async (): Promise<string> => {
      const socket = connect({ host: '127.0.0.1', port: edge.ports.rtmps() ?? 0, ca: authority.certificatePem });
      await once(socket, 'secureConnect');
      const { serialNumber } = socket.getPeerCertificate();
      socket.destroy();
      return serialNumber;
    };
    const reload = async () => ((await edge.admin('POST', 'reload')).json as { files: { name: string }[] }).files.find(({ name }) => name === 'rtmps-certificate');
    const before = await shown();
    expect(await reload()).toEqual({ name: 'rtmps-certificate', outcome: 'unchanged', reason: null });
    write({ ...second, keyPem: first.keyPem });
    expect(await reload()).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('key values mismatch') as string });
    expect(await shown()).toBe(before);
    write(second);
    expect(await reload()).toEqual({ name: 'rtmps-certificate', outcome: 'changed', reason: null });
    expect(await shown()).not.toBe(before);
  } finally {
    await edge.stop();
  }
}, 30_000);

it('does not start without its certificate, and says which file is missing', async () => {
  await expect(startEdge({ tls: { certFile: join(folder, 'none.pem'), keyFile: files.keyFile } })).rejects.toThrow(/certificate for HTTPS cannot be read.*none\.pem/);
});
