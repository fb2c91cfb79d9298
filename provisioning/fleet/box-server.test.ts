import { createServer } from 'node:https';
import { expect, it, vi } from 'vitest';
import { createAuthority } from '#kit/process/certificates.ts';
import type { Http } from '#kit/process/http.ts';
import { BoxServer } from './box-server.ts';

vi.mock(import('node:https'), async (original) => {
  const all = await original();
  return { ...all, createServer: vi.fn(all.createServer) as typeof all.createServer };
});

it('waits long neither for a stranger to show a certificate nor for a box to finish what it asks', async () => {
  const server = new BoxServer({ authority: await createAuthority('CN=Test', Date.now()), hosts: ['localhost'], now: Date.now });
  const routes = { ready: async () => undefined, routing: () => undefined } as unknown as Http;
  expect(await server.listen(routes, { host: '127.0.0.1', port: 0 })).toBeGreaterThan(0);
  expect(vi.mocked(createServer).mock.calls[0]?.[0]).toMatchObject({ handshakeTimeout: 10_000, requestTimeout: 30_000 });
  await server.run(AbortSignal.abort());
});
