/** The program itself: what it says of a bad file, of a port that is taken, and that it stops when told. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startChild } from '#kit/process/child.ts';
import { createTokenKeys } from '#kit/process/tokens.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'edge-main-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(config: string) {
  const file = join(folder, 'edge.json');
  writeFileSync(file, config);
  const stop = new AbortController();
  const child = startChild(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url)), '--config', file], { signal: stop.signal, name: 'edge-main-test' });
  return { stop, child };
}

const config = (port: number, campus: object = { publicKeyPem: createTokenKeys().publicKeyPem }): string =>
  JSON.stringify({
    host: '127.0.0.1', port, publicUrl: 'http://127.0.0.1', dataDir: join(folder, 'data'),
    campus: { url: 'http://127.0.0.1:9', ...campus },
    webrtc: { host: '127.0.0.1', port: 0, advertised: [] }, rtmp: { host: '127.0.0.1', port: 0 }, webDist: folder, allowedWebOrigins: [],
  });

it('names line and key of a wrong configuration', { timeout: 60_000 }, async () => {
  const exit = await start('{\n  "host": "127.0.0.1",\n  "prot": 8090\n}').child.exited;
  expect(exit.code).toBe(78);
  expect(exit.lastWords).toContain('edge.json:3: prot');
});

it('names a port that is taken, and the way out', { timeout: 60_000 }, async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const exit = await start(config(port)).child.exited;
  taken.close();
  expect(exit.code).toBe(1);
  expect(exit.lastWords).toContain(`Port ${port} is already in use`);
  expect(exit.lastWords).toContain('LECTERN_PORT_BASE');
});

it('comes up and stops when told', { timeout: 60_000 }, async () => {
  const { stop, child } = start(config(0));
  let said = '';
  child.process.stderr?.on('data', (text: string) => {
    said += text;
    if (said.includes('the edge is up')) stop.abort();
  });
  const startedAt = Date.now();
  const exit = await child.exited;
  expect([exit.code, said.includes('the edge is up')]).toEqual([0, true]);
  expect(Date.now() - startedAt).toBeLessThan(30_000);
});

it('reads campus\'s key again on SIGHUP, and goes on', { timeout: 60_000 }, async () => {
  const publicKeyPemFile = join(folder, 'campus.pem');
  writeFileSync(publicKeyPemFile, createTokenKeys().publicKeyPem);
  const { stop, child } = start(config(0, { publicKeyPemFile }));
  let said = '';
  let told = false;
  child.process.stderr?.on('data', (text: string) => {
    said += text;
    if (!told && said.includes('the edge is up')) {
      told = true;
      writeFileSync(publicKeyPemFile, createTokenKeys().publicKeyPem);
      child.process.kill('SIGHUP');
    }
    if (said.includes('read again')) stop.abort();
  });
  const exit = await child.exited;
  expect([exit.code, /campus-key.*changed.*read again/.test(said)]).toEqual([0, true]);
});

it('wants campus\'s key once, and one that can be read', { timeout: 60_000 }, async () => {
  const none = await start(config(0, {})).child.exited;
  expect([none.code, none.lastWords.includes('publicKeyPemFile')]).toEqual([78, true]);
  const missing = await start(config(0, { publicKeyPemFile: join(folder, 'nowhere.pem') })).child.exited;
  expect([missing.code, missing.lastWords.includes('nowhere.pem')]).toEqual([1, true]);
});
