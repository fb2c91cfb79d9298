import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseXml, type XmlElement } from '#appliance/cameras/onvif/xml.ts';
import { CodedError } from '#kit/process/errors.ts';
import { Gate, type Account } from './auth.ts';
import type { SimulatedCamera } from './camera.ts';
import { answerDevice, SERVICES, type ServiceName } from './device-service.ts';
import type { EventService } from './event-service.ts';
import { answerHostile } from './hostile.ts';
import { answerImaging } from './imaging-service.ts';
import { answerMedia, SNAPSHOT_PATH } from './media-service.ts';
import { answerPtz } from './ptz-service.ts';
import { badArgument, envelope, faultOf, notAuthorized, Refusal, unsupported } from './soap.ts';

export interface OnvifServerOptions {
  readonly account: Account;
  /** `rtsp://host:port` of the room's own server, as soon as it is known. */
  readonly rtsp: () => string;
  readonly snapshot: () => Promise<Buffer>;
  readonly tls?: { readonly key: string; readonly cert: string };
}

const MAX_REQUEST = 262_144;
/** Pre-authentication operations (core specification, section 5.9.4.3). */
const FOR_ALL = new Set(['GetSystemDateAndTime', 'GetServices', 'GetCapabilities']);

/** The camera's HTTP port. Resolves with it once it listens; closes on abort. */
export async function serveOnvif(camera: SimulatedCamera, events: EventService, options: OnvifServerOptions, at: { host: string; port: number }, signal: AbortSignal): Promise<number> {
  const gate = new Gate(options.account);
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const scheme = options.tls === undefined ? 'http' : 'https';
    const host = camera.faults.foreignAddresses === true ? '192.0.2.64' : (request.headers.host ?? '');
    // A client that goes away in the middle is no fault of the camera's.
    answer({ camera, events, options, gate, origin: `${scheme}://${host}`, signal }, request, response).catch(() => response.destroy());
  };
  const server = options.tls === undefined ? createHttpServer(handle) : createHttpsServer(options.tls, handle);
  server.listen(at.port, at.host);
  await once(server, 'listening');
  signal.addEventListener('abort', () => {
    server.close();
    server.closeAllConnections();
  }, { once: true });
  return (server.address() as AddressInfo).port;
}

interface Context {
  readonly camera: SimulatedCamera;
  readonly events: EventService;
  readonly options: OnvifServerOptions;
  readonly gate: Gate;
  readonly origin: string;
  readonly signal: AbortSignal;
}

async function answer(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { camera, gate, options } = context;
  const text = await bodyOf(request);
  if (camera.faults.deaf === true) return;
  if (camera.head.away) return void request.socket.destroy();
  if (request.method === 'GET' && request.url === SNAPSHOT_PATH) {
    if (!admitted(context, request, response, null)) return;
    response.writeHead(200, { 'content-type': 'image/jpeg' }).end(await options.snapshot());
    return;
  }
  const message = parsed(text);
  const operation = message?.children.find(({ name }) => name === 'Body')?.children[0];
  if (message === null || operation === undefined) return void response.writeHead(400).end();
  camera.noteAsked(operation.name);
  const { delayMs = 0, answer: hostile, only } = camera.faults;
  const strikes = only === undefined || operation.name.includes(only);
  if (delayMs > 0 && strikes) await delay(delayMs, undefined, { ref: false });
  if (hostile !== undefined && strikes) return answerHostile(hostile, response);
  const open = FOR_ALL.has(operation.name) && !(operation.name === 'GetSystemDateAndTime' && camera.faults.timeNeedsPassword === true);
  if (!open && !admitted({ ...context, gate }, request, response, message)) return;
  await reply(context, operation, request, response);
}

/** False when it was refused: with a challenge where HTTP digest is asked for, else with a fault. */
function admitted({ camera, gate }: Context, request: IncomingMessage, response: ServerResponse, message: XmlElement | null): boolean {
  const verdict = gate.admits(request, message, camera.faults, camera.nowMs());
  if (verdict === 'yes') return true;
  const date = new Date(camera.nowMs()).toUTCString();
  const challenge = camera.faults.auth === 'digest' || camera.faults.auth === 'both' || request.method === 'GET';
  if (challenge) response.writeHead(401, { 'www-authenticate': gate.challenges(verdict === 'stale'), date }).end('<html><body>Unauthorized</body></html>');
  else send(response, 400, faultOf(notAuthorized()), date);
  return false;
}

async function reply(context: Context, operation: XmlElement, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const date = new Date(context.camera.nowMs()).toUTCString();
  try {
    send(response, 200, envelope(await dispatch(context, operation, request.url ?? '')), date);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    send(response, error.status, faultOf(error), date);
  }
}

async function dispatch({ camera, events, options, origin, signal }: Context, operation: XmlElement, url: string): Promise<string> {
  const { pathname, searchParams } = new URL(url, 'http://camera');
  if (pathname === '/onvif/device_service') return answerDevice(operation, camera, origin);
  if (pathname === '/onvif/subscription') return await events.answer(operation, searchParams.get('id') ?? '', signal);
  const service = (Object.keys(SERVICES) as ServiceName[]).find((name) => SERVICES[name][2] === pathname);
  if (service === undefined || camera.faults.missing?.includes(service) === true) throw badArgument('UnknownAction', 'Unknown action');
  if (camera.faults.broken?.includes(service) === true) throw new Refusal(500, ['ter:Action'], 'Internal error');
  switch (service) {
    case 'media':
    case 'media2':
      return answerMedia(operation, service === 'media2', options.rtsp(), origin);
    case 'ptz':
      return answerPtz(operation, camera);
    case 'imaging':
      return answerImaging(operation, camera);
    case 'events':
      if (operation.name !== 'CreatePullPointSubscription') throw unsupported();
      return events.create(origin);
  }
}

function send(response: ServerResponse, status: number, body: string, date: string): void {
  response.writeHead(status, { 'content-type': 'application/soap+xml; charset=utf-8', date }).end(body);
}

function parsed(text: string): XmlElement | null {
  try {
    return parseXml(text);
  } catch (error) {
    if (error instanceof CodedError) return null;
    throw error;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (text.length > MAX_REQUEST) throw new Error('the request is too long');
  }
  return text;
}
