import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply } from 'fastify';
import { CodedError } from './errors.ts';
import type { Http } from './http.ts';

export interface WebOptions {
  /** The folder that `vite build` wrote: `index.html` and hashed files under `assets/`. */
  readonly dist: string;
  /** Paths of the application that all get `index.html`, e.g. `/`, `/watch/:room`. */
  readonly pages: readonly string[];
  /** Origins beside its own that the pages may call or play from (`connect-src`, `media-src`). */
  readonly connect: () => readonly string[];
}

const YEAR_SECONDS = 31_536_000;

/** Serves a built single-page application: hashed assets for ever, the page itself never cached and under a strict policy. */
export async function servePages(http: Http, options: WebOptions): Promise<void> {
  await http.register(async (scope) => {
    // @fastify/static registers its own routes; they are as public as the files they serve.
    scope.addHook('onRoute', (route) => {
      route.config = { access: 'public', ...route.config };
    });
    await scope.register(fastifyStatic, {
      root: join(options.dist, 'assets'),
      prefix: '/assets/',
      immutable: true,
      maxAge: YEAR_SECONDS * 1000,
      decorateReply: true,
    });
    for (const page of options.pages) scope.get(page, { config: { access: 'public' }, schema: { hide: true } }, (_request, reply) => sendPage(reply, options));
  });
}

function sendPage(reply: FastifyReply, { dist, connect }: WebOptions): FastifyReply {
  if (!existsSync(join(dist, 'index.html'))) {
    throw new CodedError('page_not_built', 'The pages have not been built yet. Run npm start, which builds them.', { status: 503 });
  }
  return reply
    .header('content-security-policy', contentSecurityPolicy(connect()))
    .header('cache-control', 'no-cache')
    .sendFile('index.html', dist);
}

/** Only our own scripts and styles; `blob:` media because hls.js plays through Media Source Extensions. */
export function contentSecurityPolicy(connect: readonly string[]): string {
  const others = connect.length > 0 ? ` ${connect.join(' ')}` : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self' ws: wss:${others}`,
    `media-src 'self' blob:${others}`,
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
