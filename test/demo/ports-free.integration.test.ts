import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { requirePortsFree } from './ports-free.ts';

describe('requirePortsFree', () => {
  it('names the port that is taken and the variable that moves them all', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(requirePortsFree({ tcp: [port], udp: [] })).rejects.toThrow(new RegExp(`Port ${port} .*LECTERN_PORT_BASE`));
    await new Promise((resolve) => server.close(resolve));
    await expect(requirePortsFree({ tcp: [port], udp: [port] })).resolves.toBeUndefined();
  });
});
