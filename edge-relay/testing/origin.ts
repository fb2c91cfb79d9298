/** Stands between a cache and an edge, passes everything on and writes down what was asked for. For `await using`. */
import { once } from 'node:events';
import { Agent, createServer, request as ask } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly atMs: number;
}

export interface Origin extends AsyncDisposable {
  readonly port: number;
  readonly asked: Asked[];
}

export async function recordOrigin(edgePort: number): Promise<Origin> {
  const asked: Asked[] = [];
  const agent = new Agent({ keepAlive: true });
  const note = (method: string, url: string): void => {
    const { pathname, searchParams } = new URL(url, 'http://edge');
    asked.push({ method, path: pathname, query: searchParams, atMs: performance.now() });
  };
  const server = createServer({ keepAliveTimeout: 72_000 }, (incoming, response) => {
    const { method = '', url = '', headers } = incoming;
    note(method, url);
    const outgoing = ask({ host: '127.0.0.1', port: edgePort, method, path: url, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  });
  server.on('upgrade', ({ method = '', url = '', rawHeaders }, socket) => {
    note(method, url);
    const onward = connect(edgePort, '127.0.0.1');
    const lines = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1] ?? ''}`] : []));
    onward.write(`${method} ${url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    for (const [from, to] of [[socket, onward], [onward, socket]] as const) from.on('error', () => to.destroy()).pipe(to);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port, asked,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}
