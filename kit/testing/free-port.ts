import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** For programs that take no port 0. Another may take it before they do. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
