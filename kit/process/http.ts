import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerFactory,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import type { Registry } from 'prom-client';
import { CodedError, codeOf, errorText } from './errors.ts';
import type { Log } from './log.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route, in the service's own words; `public` needs no check. A route without it does not start. */
    access?: string;
  }
  interface FastifyRequest {
    /** Who is calling, as the service's `authorise` found out; null on public routes. */
    principal: unknown;
  }
}

export type Http = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface Health {
  readonly ok: boolean;
  /** Why not, in plain sentences. */
  readonly reasons: readonly string[];
}

export interface HttpOptions {
  readonly name: string;
  readonly log: Log;
  /** The one place that decides. Throws a `CodedError` 401 or 403; may set `request.principal`. Runs before body and existence are looked at. */
  readonly authorise: (access: string, request: FastifyRequest, reply: FastifyReply) => Promise<void> | void;
  readonly health: () => Health;
  readonly metrics: Registry;
  readonly bodyLimit?: number;
  /** One proxy stands in front, and says who calls. What a caller says of itself before it counts for nothing: limits go by the address. */
  readonly trustProxy?: boolean;
  /** Serves HTTPS instead of HTTP. The server's own `setSecureContext` takes a later certificate. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Sees each server before it listens, to stand before it. */
  readonly onServer?: (server: Server) => void;
}

const BODY_LIMIT_BYTES = 256 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than a proxy in front keeps its connections (nginx: 60 s), so that none is closed under a request. */
const KEEP_ALIVE_MS = 72_000;

/** A Fastify server with what every Lectern service has in common. Nothing listens until {@link listenOn}. */
export async function createHttp(options: HttpOptions): Promise<Http> {
  // As Fastify's own type, so that every service's server is of one type.
  const logger: FastifyBaseLogger = options.log;
  const http: Http = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyLimit ?? BODY_LIMIT_BYTES,
    trustProxy: options.trustProxy === true && isOwnProxy,
    ...serverOf(options),
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 256 },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false } },
  }).withTypeProvider<TypeBoxTypeProvider>();
  http.decorateRequest('principal', null);
  http.setErrorHandler((error: FastifyError | CodedError, request, reply) => answerError(error, request, reply));
  http.setNotFoundHandler({}, (request, reply) => answerError(notFound(), request, reply));
  guardRoutes(http, options);
  endRefusedUpgrades(http);
  await http.register(helmet, { contentSecurityPolicy: false, crossOriginResourcePolicy: false, hsts: false });
  await http.register(rateLimit, { global: false, errorResponseBuilder: tooManyRequests });
  await http.register(swagger, { openapi: { openapi: '3.1.0', info: { title: `Lectern ${options.name}`, version: '1' } } });
  addOwnRoutes(http, options);
  return http;
}

/** Whoever speaks to us directly. Trusting all, Fastify would take the first address of the list, which is what the caller wrote. */
function isOwnProxy(_address: string, hop: number): boolean {
  return hop === 0;
}

/** As Fastify's plain server, so that every service's routes are of one type. */
function serverOf({ tls, onServer = () => undefined }: HttpOptions): { serverFactory: FastifyServerFactory } {
  // Fastify sets these on servers of its own making alone.
  const limits = { requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS };
  return {
    serverFactory: (routes) => {
      const server = tls === undefined ? createServer(limits, routes) : createTlsServer({ ...tls, ...limits, minVersion: 'TLSv1.2' }, routes);
      onServer(server);
      return server;
    },
  };
}

/** A class begins for thousands at once, and one comes in a turn of the event loop: the others wait, and need not knock again a second later. */
const BACKLOG = 4_096;

/** Starts listening. @throws CodedError `port_in_use` that names the port and the way out */
export async function listenOn(http: Http, address: { host: string; port: number }): Promise<number> {
  try {
    await http.listen({ ...address, backlog: BACKLOG });
  } catch (cause) {
    if (codeOf(cause) === 'EADDRINUSE') throw portInUse(address.port, cause);
    throw cause;
  }
  const bound = http.server.address();
  return typeof bound === 'object' && bound ? bound.port : address.port;
}

export function portInUse(port: number, cause?: unknown): CodedError {
  return new CodedError(
    'port_in_use',
    `Port ${port} is already in use. Stop the program that has it, or set LECTERN_PORT_BASE to move all of Lectern's ports together.`,
    { status: 500, cause },
  );
}

function guardRoutes(http: Http, { authorise }: HttpOptions): void {
  http.addHook('onRoute', (route) => {
    const { access } = (route.config ?? {}) as { access?: string };
    // HEAD routes and CORS preflights are derived from routes that were checked themselves.
    if (!access) throw new Error(`Route ${String(route.method)} ${route.url} does not say who may call it.`);
  });
  http.addHook('onRequest', async (request, reply) => {
    const access = request.routeOptions.config.access;
    if (access && access !== 'public') await authorise(access, request, reply);
  });
}

/** A socket whose upgrade was refused belongs to nobody: left open, strangers could pile them up and a shutdown would wait for them. */
function endRefusedUpgrades(http: Http): void {
  http.addHook('onResponse', async (request) => {
    if (request.headers.upgrade !== undefined) request.raw.socket.destroySoon();
  });
}

function addOwnRoutes(http: Http, { health, metrics }: HttpOptions): void {
  const config = { access: 'public' };
  http.get('/healthz', { config, schema: { hide: true } }, async (_request, reply) => {
    const verdict = health();
    return reply.code(verdict.ok ? 200 : 503).send(verdict);
  });
  http.get('/metrics', { config, schema: { hide: true } }, async (_request, reply) => {
    return reply.type(metrics.contentType).send(await metrics.metrics());
  });
  http.get('/api/openapi.json', { config, schema: { hide: true } }, async () => http.swagger());
}

function answerError(error: FastifyError | CodedError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const coded = error instanceof CodedError ? error : fromFastify(error);
  const retryAfterMs = coded.details?.['retryAfterMs'];
  // Who is told when to come again was refused on purpose, and perhaps a thousand times a second.
  if (coded.status >= 500 && retryAfterMs === undefined) request.log.error({ err: error, url: request.routeOptions.url }, 'request failed');
  // RFC 9110 section 10.2.3, for who does not read our details (WHIP and WHEP clients, proxies).
  if (coded.status === 503 && typeof retryAfterMs === 'number') void reply.header('retry-after', Math.ceil(retryAfterMs / 1_000));
  return reply.code(coded.status).type('application/json; charset=utf-8').send(errorText(coded));
}

function fromFastify(error: FastifyError): CodedError {
  if (error.validation) return new CodedError('bad_request', `${error.message}.`, { status: 400, cause: error });
  const status = error.statusCode ?? 500;
  if (status >= 500) return new CodedError('internal', 'Something went wrong here. It has been logged.', { status, cause: error });
  const codes: Record<number, string> = { 413: 'too_large', 415: 'unsupported_media_type', 429: 'too_many_requests' };
  return new CodedError(codes[status] ?? 'bad_request', error.message, { status, cause: error });
}

function notFound(): CodedError {
  return new CodedError('not_found', 'There is nothing at this address.', { status: 404 });
}

function tooManyRequests(_request: FastifyRequest, context: { ttl: number }): CodedError {
  return new CodedError('too_many_requests', 'Too many requests from here. Wait a moment and try again.', {
    status: 429,
    details: { retryAfterMs: context.ttl },
  });
}
