import { CodedError, reasonOf } from '#kit/process/errors.ts';
import { sleep } from '#kit/process/supervisor.ts';
import { SerialPort } from 'serialport';
import { FrameReader } from '../visca/frame-reader.ts';
import { type OpenLink, plainLink, type Receiver } from './link.ts';

/** `88 30 01 FF`: each camera on the chain takes the number as its address and passes on the next; the last one sends it home. */
const ADDRESS_SET = Buffer.from([0x88, 0x30, 0x01, 0xff]);
const INTERFACE_CLEAR = Buffer.from([0x88, 0x01, 0x00, 0x01, 0xff]);
const NETWORK_CHANGE = 0x38;
const ANSWER_WAIT_MS = 300;
const ADDRESS_TRIES = 3;
/** What a line of 9600 baud carries in two seconds. */
const MAX_UNSENT_BYTES = 2_048;

/** One open port: it lives as long as one of its cameras wants it. */
interface Line {
  readonly port: SerialPort;
  readonly ended: Promise<never>;
  readonly members: Map<number, Receiver>;
  /** Cameras that took an address; null where none answered. */
  readonly cameras: number | null;
}

/**
 * VISCA over a serial line, 8N1, RS-232 or RS-422: up to seven cameras in a chain on one port. The path comes from the configuration:
 * listing ports needs udev, which a box may lack.
 */
export class SerialBus {
  readonly #path: string;
  readonly #baud: number;
  #line: Promise<Line> | null = null;
  #wanted = 0;

  constructor({ path, baud }: { path: string; baud: number }) {
    this.#path = path;
    this.#baud = baud;
  }

  /** The link to the camera at this place of the chain, counted from 1. */
  link(device: number): OpenLink {
    return async (receiver, signal) => {
      const line = await this.#join(signal);
      if (line.cameras !== null && device > line.cameras) {
        throw new CodedError('camera_unreachable', `The serial line ${this.#path} has ${line.cameras} cameras; this one is to be number ${device}. Check the chain's cables.`);
      }
      line.members.set(device, receiver);
      signal.addEventListener('abort', () => line.members.delete(device), { once: true });
      const send = (packet: Buffer): void => {
        if (line.port.isOpen && line.port.writableLength < MAX_UNSENT_BYTES) line.port.write(addressed(packet, device));
      };
      return plainLink(send, Promise.race([line.ended, aborted(signal)]));
    };
  }

  async #join(signal: AbortSignal): Promise<Line> {
    this.#wanted++;
    const opening = (this.#line ??= this.#open());
    let left = false;
    const leave = (): void => {
      if (left) return;
      left = true;
      if (--this.#wanted === 0 && this.#line === opening) this.#close(opening);
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      const line = await opening;
      line.ended.catch(() => {
        if (this.#line === opening) this.#line = null;
      });
      return line;
    } catch (error) {
      if (this.#line === opening) this.#line = null;
      throw error;
    } finally {
      if (signal.aborted) leave();
    }
  }

  #close(opening: Promise<Line>): void {
    this.#line = null;
    opening.then(({ port }) => port.isOpen && port.close(() => undefined)).catch(() => undefined);
  }

  async #open(): Promise<Line> {
    const port = new SerialPort({ path: this.#path, baudRate: this.#baud, autoOpen: false, lock: false });
    await opened(port, this.#path);
    const members = new Map<number, Receiver>();
    const { promise: ended, reject: end } = Promise.withResolvers<never>();
    ended.catch(() => undefined);
    port.on('error', (error) => end(new CodedError('camera_closed', `The serial line ${this.#path} failed: ${reasonOf(error)}`, { cause: error })));
    port.once('close', () => end(new CodedError('camera_closed', `The serial line ${this.#path} was unplugged.`)));
    const chain = new Chain(port, members, () => {
      end(new CodedError('camera_chain_changed', `A camera was added to or left the serial line ${this.#path}: its cameras are numbered anew.`));
      port.close(() => undefined);
    });
    return { port, ended, members, cameras: await chain.number() };
  }
}

/** Numbers the cameras and hands each one's frames to who asked for it. */
class Chain {
  readonly #port: SerialPort;
  readonly #members: ReadonlyMap<number, Receiver>;
  #numbered: number | null = null;
  #answered = new AbortController();

  constructor(port: SerialPort, members: ReadonlyMap<number, Receiver>, changed: () => void) {
    this.#port = port;
    this.#members = members;
    const reader = new FrameReader();
    let settled = false;
    port.on('data', (bytes: Buffer) => {
      for (const frame of reader.push(bytes)) {
        if (frame[0] === 0x88) this.#broadcast(frame);
        else if (frame.length === 3 && frame[1] === NETWORK_CHANGE && settled) changed();
        else this.#deliver(frame);
        settled ||= this.#members.size > 0;
      }
    });
  }

  /** How many cameras took an address, null where nothing answered: a lone camera may know none. */
  async number(): Promise<number | null> {
    for (let round = 0; round < ADDRESS_TRIES && this.#numbered === null; round++) {
      this.#port.write(ADDRESS_SET);
      await sleep(ANSWER_WAIT_MS, this.#answered.signal);
    }
    this.#port.write(INTERFACE_CLEAR);
    return this.#numbered;
  }

  #broadcast(frame: Buffer): void {
    if (frame.length !== 4 || frame[1] !== 0x30) return;
    this.#numbered = frame.readUInt8(2) - 1;
    this.#answered.abort();
  }

  /** A lone camera is heard whatever address it thinks that it has. */
  #deliver(frame: Buffer): void {
    const [only] = this.#members.size === 1 ? this.#members.values() : [];
    const receiver = only ?? this.#members.get((frame.readUInt8(0) >> 4) - 8);
    receiver?.received(frame, null);
  }
}

function addressed(packet: Buffer, device: number): Buffer {
  const copy = Buffer.from(packet);
  copy.writeUInt8(0x80 | device, 0);
  return copy;
}

function opened(port: SerialPort, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    port.open((error) => {
      if (error) reject(new CodedError('camera_unreachable', `The serial port ${path} cannot be opened: ${reasonOf(error)}`, { cause: error }));
      else resolve();
    });
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
