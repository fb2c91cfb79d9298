import { randomBytes } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import { authorizationOf, type Challenge, challengeOf, type Credentials } from './authorization.ts';
import { buildAnswer, buildRequest, RtspReader, type RtspRequest, type RtspResponse, type RtspUnit } from './message.ts';

export interface RtspPlace {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

export interface RtspAddress extends RtspPlace {
  /** Without user name and password. */
  readonly url: string;
  readonly credentials: Credentials | null;
}

/** A device on the room's network answers in milliseconds, and one that was away is asked again before TCP would (RFC 6298: after 1 s). */
const CONNECT_TIMEOUT_MS = 500;
/** A name has to be looked up first. */
const NAMED_TIMEOUT_MS = 1_500;
/** For the handshake of TLS, which a small camera computes for a while. */
const SECURE_TIMEOUT_MS = 1_500;
/** For a whole answer, however slowly its bytes come. */
const ANSWER_TIMEOUT_MS = 3_000;

/** @throws CodedError `bad_rtsp_url` */
export function placeOf(url: string): RtspPlace {
  const { hostname, protocol, port } = parsed(url);
  const tls = protocol === 'rtsps:';
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (tls ? 322 : 554)), tls };
}

/** @throws CodedError `bad_rtsp_url` */
export function addressOf(url: string): RtspAddress {
  const { username, password } = parsed(url);
  const credentials = username === '' ? null : { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  // Cut out by hand: what stands behind must reach the camera exactly as it was written. A password may hold an @ itself.
  const bare = url.replace(/^(rtsps?:\/\/)[^/?#]*@/, '$1');
  return { ...placeOf(url), url: bare, credentials };
}

function parsed(url: string): URL {
  const found = URL.parse(url);
  if (found !== null && found.hostname !== '') return found;
  throw new CodedError('bad_rtsp_url', `"${url.replace(/\/\/.*@/, '//').slice(0, 60)}" is no RTSP address. Write rtsp://host/path, and %23, %2F and %3F for #, / and ? in a password.`);
}

/** One connection to a camera: requests with their answers, and the media between them. */
export class RtspConnection {
  readonly #end = new AbortController();
  readonly #socket: Socket;
  readonly #credentials: Credentials | null;
  readonly #onData: (channel: number, data: Buffer) => void;
  readonly #reader = new RtspReader();
  #answer: PromiseWithResolvers<RtspResponse> | null = null;
  #challenge: Challenge | null = null;
  #cseq = 0;
  #nonceUses = 0;

  private constructor(socket: Socket, credentials: Credentials | null, onData: (channel: number, data: Buffer) => void) {
    this.#socket = socket;
    this.#credentials = credentials;
    this.#onData = onData;
    const lost = (why: string, cause?: unknown): void => this.#fail(new CodedError('rtsp_lost', `The connection to the device ended: ${why}. Check its power and cable.`, { cause }));
    socket.on('error', (error) => lost(reasonOf(error), error));
    socket.on('close', () => lost('the device closed it'));
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  /** @throws CodedError `rtsp_unreachable` */
  static async open(address: RtspAddress, onData: (channel: number, data: Buffer) => void, signal?: AbortSignal): Promise<RtspConnection> {
    return new RtspConnection(await socketTo(address, signal), address.credentials, onData);
  }

  /**
   * Aborted, with the reason, when the connection ends or its bytes make no sense. No promise: each race with one that stays open for weeks
   * would leave something behind in it.
   */
  get ended(): AbortSignal {
    return this.#end.signal;
  }

  get peer(): string {
    return (this.#socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  }

  /** Asks, with what the camera wants to be told of who asks. @throws CodedError `rtsp_timeout`, or why the connection ended */
  async ask(request: RtspRequest): Promise<RtspResponse> {
    const response = await this.#askOnce(request);
    if (response.status !== 401 || this.#credentials === null) return response;
    const fresh = challengeOf(response.headers.get('www-authenticate') ?? []);
    const wasTold = this.#challenge !== null && !(fresh?.scheme === 'digest' && fresh.stale);
    if (fresh === null || wasTold) return response;
    this.#challenge = fresh;
    this.#nonceUses = 0;
    return await this.#askOnce(request);
  }

  /** Without an answer: a goodbye. */
  tell(request: RtspRequest): void {
    if (this.#socket.writable) this.#socket.write(this.#bytesOf(request));
  }

  sendData(channel: number, data: Buffer): void {
    const head = Buffer.from([0x24, channel, data.length >> 8, data.length & 0xff]);
    if (this.#socket.writable) this.#socket.write(Buffer.concat([head, data]));
  }

  close(): void {
    this.#socket.destroySoon();
  }

  async #askOnce(request: RtspRequest): Promise<RtspResponse> {
    this.ended.throwIfAborted();
    const answer = Promise.withResolvers<RtspResponse>();
    this.#answer = answer;
    const timer = setTimeout(() => answer.reject(new CodedError('rtsp_timeout', `The device did not answer ${request.method}. Restart it if it goes on.`)), ANSWER_TIMEOUT_MS);
    try {
      this.#socket.write(this.#bytesOf(request));
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      this.#answer = null;
    }
  }

  #bytesOf(request: RtspRequest): string {
    this.#cseq += 1;
    const headers = { 'User-Agent': 'Lectern', ...this.#authorization(request), ...request.headers };
    return buildRequest({ ...request, headers }, this.#cseq);
  }

  #authorization({ method, url }: RtspRequest): { Authorization?: string } {
    if (this.#challenge === null || this.#credentials === null) return {};
    this.#nonceUses += 1;
    const asked = { method, url, count: this.#nonceUses, clientNonce: randomBytes(8).toString('hex') };
    return { Authorization: authorizationOf(this.#challenge, this.#credentials, asked) };
  }

  #fail(reason: unknown): void {
    this.#end.abort(reason);
    this.#answer?.reject(reason);
  }

  #read(chunk: Buffer): void {
    try {
      for (const unit of this.#reader.push(chunk)) this.#take(unit);
    } catch (error) {
      this.#fail(error);
      this.#socket.destroy();
    }
  }

  #take(unit: RtspUnit): void {
    if (unit.type === 'data') this.#onData(unit.channel, unit.data);
    else if (unit.type === 'response') this.#answer?.resolve(unit);
    else this.#socket.write(buildAnswer(unit));
  }
}

/** Whether it is there, and no more: nothing is asked. @throws CodedError `rtsp_unreachable` */
export async function reach(place: RtspPlace, signal: AbortSignal): Promise<void> {
  const socket = await socketTo({ ...place, tls: false }, signal);
  socket.destroy();
}

async function socketTo({ host, port, tls }: RtspPlace, signal?: AbortSignal): Promise<Socket> {
  // Cameras sign their own certificates; what is protected is the password on its way.
  const socket = tls ? connectTls({ host, port, rejectUnauthorized: false }) : connectTcp({ host, port });
  socket.setNoDelay(true);
  const giveUp = (): void => void socket.destroy(new Error('nobody waits for it any more'));
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    await opened(socket, 'connect', isIP(host) === 0 ? NAMED_TIMEOUT_MS : CONNECT_TIMEOUT_MS);
    if (tls) await opened(socket, 'secureConnect', SECURE_TIMEOUT_MS);
    return socket;
  } catch (error) {
    socket.destroy();
    throw new CodedError('rtsp_unreachable', `The device at ${host}:${port} can't be reached: ${reasonOf(error)}. Check its power, cable and address.`, { cause: error });
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}

function opened(socket: Socket, event: 'connect' | 'secureConnect', timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it does not answer')), timeoutMs);
    socket.once('error', reject);
    socket.once(event, () => {
      socket.off('error', reject);
      resolve();
    });
    socket.once(event, () => clearTimeout(timer));
    socket.once('close', () => clearTimeout(timer));
  });
}
