/** The least that Fastify can do for `bench hls`: one buffer from memory, no door. `node fastify-main.ts BYTES`; ends with its standard input. */
import { randomBytes } from 'node:crypto';
import Fastify from 'fastify';

const body = randomBytes(Number(process.argv[2]));
const server = Fastify();
server.get('/part', async (_request, reply) => reply.type('video/mp4').send(body));
console.log(JSON.stringify({ url: await server.listen({ host: '127.0.0.1', port: 0 }) }));
process.stdin.resume().once('close', () => process.exit());
