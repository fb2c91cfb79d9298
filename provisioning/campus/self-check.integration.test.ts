import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { SelfCheck } from './self-check.ts';

const folder = mkdtempSync(join(tmpdir(), 'self-check-'));
const signal = new AbortController().signal;
const server = createServer((_request, response) => void response.end('{}'));
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

it('is well while its disks can be written, and says so when one cannot or the edge is away', async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const edgeUrl = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const library = join(folder, 'library');
  const check = (path: string, url = edgeUrl) => new SelfCheck({ folders: [{ name: 'the databases', path: folder }, { name: 'the recordings', path }], edgeUrl: url });

  const well = check(library);
  await well.look(signal);
  expect(well.health()).toEqual({ ok: true, reasons: [] });
  expect(readdirSync(library)).toEqual([]);

  const alone = check(library, 'http://127.0.0.1:1');
  await alone.look(signal);
  expect(alone.health()).toEqual({ ok: true, reasons: [expect.stringMatching(/^The edge cannot be reached/)] });

  writeFileSync(join(folder, 'no-folder'), '');
  const broken = check(join(folder, 'no-folder/library'));
  await broken.look(signal);
  expect(broken.health()).toEqual({ ok: false, reasons: [expect.stringMatching(/^The disk with the recordings cannot be written/)] });
});
