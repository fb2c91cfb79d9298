import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Dialogue } from './dialogue.ts';
import type { FaultyLine } from './faults.ts';
import { FrameSplitter } from './frames.ts';
import type { PtzHead } from './head.ts';
import { reply, sequenceError, sequenceReset, typeError, unwrap } from './over-ip.ts';

const MAX_CONTROLLERS = 16;

interface Controller {
  receive(datagram: Buffer): void;
}

/** Raw VISCA in datagrams, as PTZOptics heads take it on port 1259. Resolves with the port. */
export function serveUdp(head: PtzHead, line: FaultyLine, at: { host: string; port: number }, signal: AbortSignal): Promise<number> {
  return serve(at, signal, line, (send) => {
    const dialogue = new Dialogue(head);
    const deliver = (frame: Buffer): void => line.deliver(frame, send);
    // A datagram holds whole frames; what is left at its end is lost with it.
    return { receive: (datagram) => new FrameSplitter().push(datagram).forEach((frame) => line.receive(frame, dialogue, deliver)) };
  });
}

/**
 * VISCA over IP with Sony's header. Replies carry the packet's sequence number and go to where it came from, or, as Sony's own heads send
 * them, to one port whatever port the packet came from.
 */
export function serveOverIp(head: PtzHead, line: FaultyLine, at: At, signal: AbortSignal): Promise<number> {
  return serve(at, signal, line, (send) => new NumberedController(head, line, send));
}

class NumberedController implements Controller {
  readonly #dialogue: Dialogue;
  readonly #line: FaultyLine;
  readonly #send: (datagram: Buffer) => void;
  #last = -1;
  #answers = 0;

  constructor(head: PtzHead, line: FaultyLine, send: (datagram: Buffer) => void) {
    this.#dialogue = new Dialogue(head);
    this.#line = line;
    this.#send = send;
  }

  receive(bytes: Buffer): void {
    if (this.#line.faults.rejectHeader === true) return this.#bare(bytes);
    const datagram = unwrap(bytes);
    switch (datagram.type) {
      case 'nonsense':
        return;
      case 'wrong-type':
        return this.#send(typeError(datagram.sequence));
      case 'reset-sequence':
        this.#last = -1;
        return this.#send(sequenceReset(datagram.sequence));
      case 'visca':
        return this.#visca(datagram.sequence, datagram.payload);
    }
  }

  #visca(sequence: number, payload: Buffer): void {
    if (sequence <= this.#last) return this.#send(sequenceError(sequence));
    this.#last = sequence;
    const number = (): number => (this.#line.faults.breakSequence === true ? 0xff_0000 + this.#answers++ : sequence);
    const deliver = (frame: Buffer): void => this.#line.deliver(frame, (bytes) => this.#send(reply(number(), bytes)));
    for (const frame of new FrameSplitter().push(payload)) this.#line.receive(frame, this.#dialogue, deliver);
  }

  #bare(datagram: Buffer): void {
    if (datagram[0] !== 0x81) return;
    for (const frame of new FrameSplitter().push(datagram)) this.#line.receive(frame, this.#dialogue, (answer) => this.#line.deliver(answer, this.#send));
  }
}

interface At {
  readonly host: string;
  readonly port: number;
  /** Where answers go; to the asking port where it is left out. */
  readonly replyPort?: number;
}

type Welcome = (send: (datagram: Buffer) => void) => Controller;

async function serve(at: At, signal: AbortSignal, line: FaultyLine, welcome: Welcome): Promise<number> {
  const socket = createSocket('udp4');
  const controllers = new Map<string, Controller>();
  socket.on('message', (datagram, from) => {
    if (line.arrives()) controllerOf(controllers, socket, { ...from, port: at.replyPort ?? from.port }, signal, welcome).receive(datagram);
  });
  socket.bind(at.port, at.host);
  await once(socket, 'listening');
  // An unreachable controller (ICMP) must not end the camera.
  socket.on('error', () => undefined);
  signal.addEventListener('abort', () => socket.close(), { once: true });
  return socket.address().port;
}

/** Bounded: the controller that has been known longest makes way. */
function controllerOf(known: Map<string, Controller>, socket: Socket, from: RemoteInfo, signal: AbortSignal, welcome: Welcome): Controller {
  const key = `${from.address}:${from.port}`;
  const found = known.get(key);
  if (found) return found;
  const [oldest] = known.keys();
  if (known.size >= MAX_CONTROLLERS && oldest !== undefined) known.delete(oldest);
  const controller = welcome((datagram) => {
    if (!signal.aborted) socket.send(datagram, from.port, from.address, () => undefined);
  });
  known.set(key, controller);
  return controller;
}
