import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { issueForServer, type AuthorityKeys } from '#kit/process/certificates.ts';
import { CodedError, codeOf } from '#kit/process/errors.ts';
import { portInUse, type Http } from '#kit/process/http.ts';
import { sleep } from '#kit/process/supervisor.ts';
import type { FastifyRequest } from 'fastify';
import { boxOfSubject } from './authority.ts';
import type { Boxes } from './boxes.ts';
import type { Clock } from './clock.ts';
import { boxRevoked } from './enrolments.ts';

export interface BoxServerDeps {
  readonly authority: AuthorityKeys;
  /** Names and addresses under which boxes reach the port. */
  readonly hosts: readonly string[];
  readonly now: Clock;
}

/** The port's own certificate lives 90 days and is replaced every day, without a restart. */
const RENEW_MS = 86_400_000;
/** Anybody may connect; Node would wait two minutes for each to show a certificate. */
const HANDSHAKE_MS = 10_000;
const REQUEST_MS = 30_000;

/** The mutual-TLS port: TLS 1.3 (RFC 8446), no handshake without a certificate of our authority. */
export class BoxServer {
  readonly #deps: BoxServerDeps;
  readonly #sockets = new Map<TLSSocket, string>();
  #server: Server | null = null;

  constructor(deps: BoxServerDeps) {
    this.#deps = deps;
  }

  /** @throws CodedError `port_in_use` */
  async listen(http: Http, address: { host: string; port: number }): Promise<number> {
    await http.ready();
    const server = createServer({ ...(await this.#identity()), handshakeTimeout: HANDSHAKE_MS, requestTimeout: REQUEST_MS }, (request, response) => http.routing(request, response));
    server.on('secureConnection', (socket) => this.#keep(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => reject(codeOf(cause) === 'EADDRINUSE' ? portInUse(address.port, cause) : cause));
      server.listen(address, resolve);
    });
    return (server.address() as AddressInfo).port;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(RENEW_MS, signal);
      if (!signal.aborted) this.#server?.setSecureContext(await this.#identity());
    }
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  /** Ends every connection of a box at once. */
  disconnect(box: string): void {
    for (const [socket, owner] of this.#sockets) if (owner === box) socket.destroy();
  }

  async #identity() {
    const { authority, hosts, now } = this.#deps;
    const { keyPem, certificatePem } = await issueForServer(authority, 'CN=Lectern campus', hosts, now());
    return { key: keyPem, cert: certificatePem, ca: authority.certificatePem, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' as const };
  }

  #keep(socket: TLSSocket): void {
    const box = boxOfSubject(socket.getPeerCertificate().subject);
    if (box === null) return void socket.destroy();
    this.#sockets.set(socket, box);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

/**
 * The box behind a request of the mutual-TLS port. The chain was verified in the handshake; membership is looked up every time, so that
 * a revocation holds from the next request on.
 * @throws CodedError 401 `unknown_box`, 403 `box_revoked`
 */
export function authoriseBox(request: FastifyRequest, boxes: Boxes): void {
  const socket = request.raw.socket as Partial<TLSSocket>;
  const id = socket.authorized ? boxOfSubject(socket.getPeerCertificate?.().subject) : null;
  const box = id === null ? null : boxes.get(id);
  if (!box) throw new CodedError('unknown_box', 'This port is for boxes that were claimed here. Enrol the box first.', { status: 401 });
  if (box.revokedAtMs !== null || box.room === null) throw boxRevoked();
  request.principal = box;
}
