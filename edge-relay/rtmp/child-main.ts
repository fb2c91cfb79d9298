/**
 * The RTMP process. It parses what strangers send with a library that can be made to throw, so it holds no state worth keeping:
 * it may die at any time and is started again. Argument: {@link RtmpChildConfig} as JSON.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import Type from 'typebox';
import { captureEpochUsOf } from '#kit/media/rtmp.ts';
import { checker } from '#kit/process/check.ts';
import { CodedError, codeOf, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { runService } from '#kit/process/run-service.ts';
import { type Reloadable, serverCertificate } from '../operations/reloads.ts';
import { Gate } from './gate.ts';
import { silenceNms } from './nms.ts';
import { play } from './player.ts';
import { checkPublishKey } from './publish-key.ts';
import { tlsServer } from './tls-server.ts';
import { encode, encodeJson, encodeTag, KIND, MessageReader } from './wire.ts';

export const RtmpChildConfig = Type.Object({
  host: Type.String(),
  port: Type.Integer(),
  tls: Type.Optional(Type.Object({ port: Type.Integer(), certFile: Type.String(), keyFile: Type.String() })),
  publicKeyPem: Type.String(),
  /** Unix socket of the edge. */
  socketPath: Type.String(),
  /** Where the edge serves HTTP, on this machine: from there its players are given the class. */
  edgeUrl: Type.String(),
});

const checkKey = checker(Type.Object({ publicKeyPem: Type.String() }), 'bad_message');
const MAX_CONNECTIONS = 500;
/** Of both ports together: the other connections are the encoders'. */
const MAX_PLAYERS = 200;
const TOO_MANY_PLAYERS = 'Too many players watch by RTMP right now. Watch by the page, HTTP-FLV or HLS, or try again later.';
/** Connections of one address that have not shown a key: more than the boxes of a school that all come back at once have at one moment. */
const MAX_UNKNOWN_OF_ADDRESS = 32;
/** What may wait for the edge to read it: some seconds of every publisher a node takes. */
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;
const SCRIPT_TAG = 18;

await runService('edge-rtmp', async (signal, log) => {
  const config = checker(RtmpChildConfig, 'bad_config')(JSON.parse(process.argv[2] ?? '{}'));
  silenceNms();
  const edge = connect(config.socketPath);
  await once(edge, 'connect', { signal });
  const gates: Gates = new Map();
  const sealed = config.tls === undefined ? null : tlsServer(config.tls, log);
  const certificate = sealed === null || config.tls === undefined ? null : serverCertificate(sealed, config.tls, 'RTMPS');
  const reception: Reception = { edge, gates, log, certificate, edgeUrl: config.edgeUrl, publicKeyPem: config.publicKeyPem };
  obey(reception);
  const plain = createServer({ noDelay: true });
  plain.on('connection', (socket) => receive(socket, reception));
  sealed?.on('secureConnection', (socket) => receive(socket, reception));
  const port = await listen(plain, config.port, config.host, signal);
  const tlsPort = sealed === null || config.tls === undefined ? null : await listen(sealed, config.tls.port, config.host, signal);
  edge.write(encodeJson(KIND.listening, 0, { port, tlsPort }));
  await Promise.race([once(signal, 'abort'), once(edge, 'close')]);
  plain.close();
  sealed?.close();
});

/** By session. */
type Gates = Map<number, { readonly gate: Gate; readonly address: string }>;

interface Reception {
  readonly edge: Socket;
  readonly gates: Gates;
  readonly log: Log;
  /** Null without TLS. */
  readonly certificate: Reloadable | null;
  readonly edgeUrl: string;
  publicKeyPem: string;
}

function receive(socket: Socket, reception: Reception): void {
  const { edge, gates, log } = reception;
  const address = socket.remoteAddress ?? '';
  if (unknownOf(address, gates) >= MAX_UNKNOWN_OF_ADDRESS) {
    socket.destroy();
    return;
  }
  const session = nextSession(gates);
  const gate: Gate = new Gate(socket, {
    admit: (request) => {
      try {
        const right = checkPublishKey(request, reception.publicKeyPem);
        edge.write(encodeJson(KIND.opened, session, { room: request.room, ...right, address }));
      } catch (error) {
        log.warn({ address, reason: reasonOf(error) }, 'RTMP publisher refused');
        throw error;
      }
    },
    tag: (tag) => {
      if (tag.type === SCRIPT_TAG) {
        const epochUs = captureEpochUsOf(tag.data);
        if (epochUs !== null) edge.write(encodeJson(KIND.dated, session, { epochUs }));
      } else if (edge.writableLength > MAX_QUEUED_BYTES) gate.refuse('The edge is overloaded. Connect again.');
      else edge.write(encodeTag(session, tag));
    },
    closed: () => edge.write(encode(KIND.closed, session, Buffer.alloc(0))),
    play: (room, query, player) => {
      if (playersOf(gates) > MAX_PLAYERS) player.refuse(TOO_MANY_PLAYERS);
      else play(reception.edgeUrl, room, query, player);
    },
  });
  gates.set(session, { gate, address });
  socket.on('close', () => gates.delete(session));
}

function unknownOf(address: string, gates: Gates): number {
  return [...gates.values()].filter((other) => other.address === address && !other.gate.isKnown).length;
}

function playersOf(gates: Gates): number {
  return [...gates.values()].filter(({ gate }) => gate.isPlayer).length;
}

function nextSession(gates: Gates): number {
  const [last = 0] = [...gates.keys()].slice(-1);
  return (last + 1) >>> 0;
}

/** Refusals of publishers, another key to check theirs with, and another certificate. */
function obey(reception: Reception): void {
  const { edge, gates } = reception;
  const reader = new MessageReader();
  edge.on('data', (chunk: Buffer) => {
    for (const { kind, session, body } of reader.push(chunk)) {
      if (kind === KIND.key) reception.publicKeyPem = checkKey(JSON.parse(body.toString())).publicKeyPem;
      if (kind === KIND.reload) void reloaded(reception.certificate).then((outcome) => edge.write(encodeJson(KIND.reloaded, session, outcome)));
      if (kind !== KIND.refuse) continue;
      const { reason } = JSON.parse(body.toString()) as { reason: string };
      gates.get(session)?.gate.refuse(reason);
    }
  });
  edge.on('error', () => edge.destroy());
}

async function reloaded(certificate: Reloadable | null): Promise<{ readonly changed: boolean; readonly reason: string | null }> {
  try {
    return { changed: (await certificate?.reload()) ?? false, reason: null };
  } catch (thrown) {
    return { changed: false, reason: reasonOf(thrown) };
  }
}

/** The port that it got. */
async function listen(server: Server, port: number, host: string, signal: AbortSignal): Promise<number> {
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(port, host);
  try {
    await once(server, 'listening', { signal });
    const bound = server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : port;
  } catch (cause) {
    if (codeOf(cause) !== 'EADDRINUSE') throw cause;
    throw new CodedError('port_in_use', `Port ${port} is already in use. Stop the program that has it, or set LECTERN_PORT_BASE to move all of Lectern's ports together.`, { cause });
  }
}
