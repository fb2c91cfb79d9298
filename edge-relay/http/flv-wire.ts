/** The response to one HTTP-FLV viewer, as a {@link Wire}. */
import type { FastifyReply } from 'fastify';
import type { Wire } from '../flv/viewer.ts';

/** What is queued when a class ends gets this long to go out. */
const LAST_BYTES_MS = 10_000;

/**
 * A body that ends with the connection (RFC 9112 section 6.3, the last case) costs nothing a block: chunks would frame each with lines of its own. A proxy in
 * front makes chunks of it for its own clients, and is told to pass on at once what comes.
 */
export function openWire(reply: FastifyReply): Wire {
  reply.hijack();
  const response = reply.raw;
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) response.setHeader(name, value);
  response.removeHeader('transfer-encoding');
  response.writeHead(200, {
    'content-type': 'video/x-flv', 'cache-control': 'no-store', 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin', 'x-accel-buffering': 'no', connection: 'close',
  });
  // It was reset while something was on its way: `close` follows.
  response.on('error', () => response.destroy());
  return {
    get queuedBytes() {
      return response.writableLength;
    },
    write: (...buffers) => {
      if (response.writableEnded || response.destroyed) return;
      if (buffers.length > 1) response.cork();
      for (const buffer of buffers) if (buffer.length > 0) response.write(buffer);
      if (buffers.length > 1) response.uncork();
    },
    end: () => {
      if (response.writableEnded || response.destroyed) return;
      response.end();
      const late = setTimeout(() => response.destroy(), LAST_BYTES_MS);
      response.once('close', () => clearTimeout(late));
    },
    destroy: () => void response.destroy(),
    onClosed: (listener) => void response.once('close', listener),
  };
}
