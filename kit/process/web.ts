import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply } from 'fastify';
import { CodedError } from './errors.ts';
import type { Http } from './http.ts';

export interface WebOptions {
  /** The folder that `vite build` wrote: `index.html` and hashed files under `assets/`. */
  readonly dist: string;
  /** The page's file, where it is not `index.html`. */
  readonly file?: string;
  /** Paths of the application that all get `index.html`, e.g. `/`, `/watch/:room`. */
  readonly pages: readonly string[];
  /** Origins beside its own that the pages may call or play from (`connect-src`, `media-src`). */
  readonly connect: () => readonly string[];
}

const YEAR_MS = 31_536_000_000;

/** Serves a built single-page application: hashed assets for ever, the page itself never cached and under a strict policy. */
export async function servePages(http: Http, options: WebOptions): Promise<void> {
  const open = { config: { access: 'public' }, schema: { hide: true } };
  await http.register(fastifyStatic, { root: options.dist, serve: false });
  http.get<{ Params: { '*': string } }>('/assets/*', open, (request, reply) =>
    reply.sendFile(request.params['*'], join(options.dist, 'assets'), { immutable: true, maxAge: YEAR_MS }),
  );
  for (const page of options.pages) http.get(page, open, (_request, reply) => sendPage(reply, options));
}

function sendPage(reply: FastifyReply, { dist, connect, file = 'index.html' }: WebOptions): FastifyReply {
  if (!existsSync(join(dist, file))) {
    throw new CodedError('page_not_built', 'The pages have not been built yet. Run npm start, which builds them.', { status: 503 });
  }
  return reply
    .header('content-security-policy', contentSecurityPolicy(connect()))
    .header('cache-control', 'no-cache')
    .sendFile(file, dist, { cacheControl: false });
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
