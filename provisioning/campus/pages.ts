import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import Type from 'typebox';
import { CodedError } from '#kit/process/errors.ts';
import type { Http } from '#kit/process/http.ts';
import { contentSecurityPolicy } from '#kit/process/web.ts';

/** Paths of the console's application; each gets the same page. */
const PAGES = ['/', '/sign-in', '/claim', '/rooms', '/rooms/:room', '/recordings', '/audit'];
const YEAR_MS = 31_536_000_000;
/** Flat folder, hashed names: nothing else is served from it. */
const Asset = Type.Object({ file: Type.String({ pattern: '^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$' }) });

/**
 * The built console: hashed assets for ever, the page itself never cached and under a strict policy. The static plugin only sends
 * files here and adds no route of its own, since every route has to say who may call it.
 */
export async function addConsolePages(http: Http, dist: string): Promise<void> {
  const config = { access: 'public' };
  await http.register(fastifyStatic, { root: dist, serve: false });
  http.get('/assets/:file', { config, schema: { hide: true, params: Asset } }, (request, reply) => {
    return reply.sendFile(request.params.file, join(dist, 'assets'), { immutable: true, maxAge: YEAR_MS });
  });
  for (const page of PAGES) {
    http.get(page, { config, schema: { hide: true } }, (_request, reply) => {
      if (!existsSync(join(dist, 'index.html'))) {
        throw new CodedError('page_not_built', 'The pages have not been built yet. Run npm start, which builds them.', { status: 503 });
      }
      return reply
        .header('content-security-policy', contentSecurityPolicy([]))
        .header('cache-control', 'no-cache')
        .sendFile('index.html', dist, { cacheControl: false });
    });
  }
}
