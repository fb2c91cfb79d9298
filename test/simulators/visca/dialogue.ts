import type { PtzHead } from './head.ts';
import { parse, type Action, type Inquiry, type Request } from './parse.ts';
import { ack, addressSet, answer, completion, error, interfaceCleared, toNibbles } from './replies.ts';

type Send = (frame: Buffer) => void;

const SOCKETS = [1, 2] as const;

/** One controller's conversation with the head: two sockets for commands that are being carried out, inquiries beside them. */
export class Dialogue {
  readonly #head: PtzHead;
  /** The commands being carried out, by socket. */
  readonly #running = new Map<number, symbol>();
  #boots: number;

  constructor(head: PtzHead) {
    this.#head = head;
    this.#boots = head.boots;
  }

  /** `send` takes every answer to this frame, the completion that comes seconds later too. */
  receive(frame: Buffer, send: Send): void {
    if (this.#head.away) return;
    if (this.#boots !== this.#head.boots) this.#running.clear();
    this.#boots = this.#head.boots;
    this.#answer(parse(frame), send);
  }

  #answer(request: Request, send: Send): void {
    switch (request.type) {
      case 'action':
        return this.#perform(request.action, send);
      case 'inquiry':
        return send(answer(inquire(this.#head, request.of)));
      case 'cancel':
        return this.#cancel(request.socket, send);
      case 'interface-clear':
        this.#running.clear();
        return send(request.broadcast ? interfaceCleared() : completion(0));
      case 'address-set':
        return send(addressSet());
      case 'syntax-error':
        return send(error('syntax'));
      case 'other-address':
        return;
    }
  }

  #perform(action: Action, send: Send): void {
    // A stop, or a new goal for the same motors, ends what runs on them: it must get through even when both sockets are taken.
    const socket = SOCKETS.find((number) => !this.#running.has(number)) ?? (replacesMotion(action) ? 1 : 0);
    if (socket === 0) return send(error('bufferFull'));
    const task = Symbol(action.kind);
    let acknowledged = false;
    const finish = (): void => {
      if (acknowledged && this.#running.get(socket) !== task) return;
      this.#running.delete(socket);
      send(completion(socket));
    };
    const outcome = this.#head.perform(action, finish);
    if (outcome.type === 'refused') return send(error('notExecutable', socket));
    send(ack(socket));
    acknowledged = true;
    this.#running.set(socket, task);
    if (outcome.type === 'done') finish();
  }

  #cancel(socket: number, send: Send): void {
    if (!this.#running.delete(socket)) return send(error('noSocket', socket));
    this.#head.halt();
    send(error('cancelled', socket));
  }
}

function replacesMotion(action: Action): boolean {
  return action.kind === 'drive' || action.kind === 'zoom-drive' || action.kind === 'home';
}

function inquire(head: PtzHead, of: Inquiry): number[] {
  const { pan, tilt, zoom } = head.steps();
  const { vendor, model, firmware, panNibbles } = head.persona;
  switch (of) {
    case 'version':
      // Vendor, model, ROM revision (16 bit each), sockets.
      return [vendor, model, firmware].flatMap((word) => [word >> 8, word & 0xff]).concat(SOCKETS.length);
    case 'power':
      return [head.on ? 0x02 : 0x03];
    case 'pan-tilt':
      return [...toNibbles(pan, panNibbles), ...toNibbles(tilt)];
    case 'zoom':
      return toNibbles(zoom);
    case 'focus-mode':
      return [head.setting('focus') ?? 0x02];
  }
}
