import { lookup } from 'node:dns/promises';
import { CodedError } from '#kit/process/errors.ts';
import { sleep } from '#kit/process/supervisor.ts';
import { FrameReader } from '../visca/frame-reader.ts';
import { resetSequence, unwrap, wrap } from '../visca/over-ip.ts';
import { questionBytes } from '../visca/inquiries.ts';
import type { CameraLink, OpenLink, Receiver } from './link.ts';
import type { Seat, SharedSocket } from './shared-socket.ts';

const PROBE_EVERY_MS = 250;
const PROBES = 8;

/**
 * VISCA over UDP with Sony's header. Whether the camera wants the header is found out first: some take bare packets at the same port and
 * refuse or ignore the header.
 */
export function ipLink(target: { host: string; port: number }, socket: SharedSocket): OpenLink {
  return async (receiver, signal) => {
    const { address } = await lookup(target.host, { family: 4 });
    const stop = new AbortController();
    const whole = AbortSignal.any([signal, stop.signal]);
    try {
      const session = new Session(receiver);
      session.seat = await socket.join({ address, port: target.port, received: (datagram) => session.received(datagram) }, whole);
      await session.probe(whole);
      return session;
    } catch (error) {
      stop.abort();
      throw error;
    }
  };
}

type Form = 'unknown' | 'header' | 'bare';

class Session implements CameraLink {
  readonly #receiver: Receiver;
  readonly #known = new AbortController();
  #seat: Seat | null = null;
  #form: Form = 'unknown';
  /** The packet number after which the camera's count began. */
  #base = 0;
  #last = 0;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  set seat(seat: Seat) {
    this.#seat = seat;
  }

  get numbered(): boolean {
    return this.#form === 'header';
  }

  get ended(): Promise<void> {
    return this.#seat?.ended ?? Promise.resolve();
  }

  /** Asks for the version both ways until one is answered. @throws CodedError `camera_unreachable` */
  async probe(signal: AbortSignal): Promise<void> {
    const version = questionBytes('version');
    for (let round = 0; round < PROBES && this.#form === 'unknown' && !signal.aborted; round++) {
      this.#seat?.send(resetSequence());
      if (round % 2 === 0) this.#seat?.send(wrap(version, 1));
      else this.#seat?.send(version);
      await sleep(PROBE_EVERY_MS, AbortSignal.any([signal, this.#known.signal]));
    }
    if (this.#form === 'unknown' && !signal.aborted) throw new CodedError('camera_unreachable', 'The camera does not answer. Check its power and network cable.');
    this.resetNumbers();
  }

  send(packet: Buffer, number: number): void {
    this.#last = Math.max(this.#last, number);
    this.#seat?.send(this.#form === 'bare' ? packet : wrap(packet, number - this.#base));
  }

  resetNumbers(): void {
    this.#base = this.#last;
    if (this.#form === 'header') this.#seat?.send(resetSequence());
  }

  received(datagram: Buffer): void {
    const packet = unwrap(datagram);
    if (this.#form === 'unknown') this.#learn(packet.type === 'other' ? (isBare(datagram) ? 'bare' : 'unknown') : 'header');
    else if (this.#form === 'bare') this.#receiver.received(datagram, null);
    else if (packet.type === 'reply') this.#receiver.received(packet.payload, packet.sequence + this.#base);
    else if (packet.type === 'sequence-error') this.#receiver.numberRefused(packet.sequence + this.#base);
  }

  #learn(form: Form): void {
    this.#form = form;
    if (form !== 'unknown') this.#known.abort();
  }
}

function isBare(datagram: Buffer): boolean {
  return new FrameReader().push(datagram).length > 0;
}
