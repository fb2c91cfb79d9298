import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { monotonicUs } from '#kit/media/clock.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import type { Frame } from './frames.ts';
import { frameBytes, planesOf, type Size } from './i420.ts';
import { LOOK_HEADER_BYTES, writeLookHeader } from './look-protocol.ts';
import type { PictureInput } from './picture-input.ts';
import { Scaler } from './scale.ts';

/** A detector needs no more than this across. */
const WIDTH_MAX = 640;

/**
 * Gives a source's next picture, small, to whoever asks for one: each byte that arrives on the socket asks. While nobody asks nothing is
 * computed, and nothing is ever kept.
 */
export class Look {
  readonly #from: Size;
  readonly #to: Size;
  readonly #socket: string;
  readonly #log: Log;
  readonly #scaler = new Scaler();
  /** By who asked: the memory his pictures are made in. */
  readonly #asking = new Map<Socket, Buffer>();

  constructor(program: Size, socket: string, log: Log) {
    this.#from = program;
    this.#to = lookSize(program);
    this.#socket = socket;
    this.#log = log;
  }

  /** Resolves with what closes it, when it listens. */
  async listen(input: PictureInput): Promise<() => void> {
    rmSync(this.#socket, { force: true });
    const peers = new Set<Socket>();
    const server = createServer((peer) => {
      peers.add(peer);
      peer.on('close', () => peers.delete(peer));
      this.#serve(peer);
    }).listen(this.#socket);
    await once(server, 'listening').catch((cause: unknown) => {
      throw new CodedError('gate_socket', `The gate cannot listen on ${this.#socket}. Check that its folder exists and is writable.`, { cause });
    });
    input.onFrame((frame) => this.#saw(frame));
    return () => {
      server.close();
      for (const peer of peers) peer.destroy();
    };
  }

  #serve(peer: Socket): void {
    const picture = Buffer.allocUnsafeSlow(LOOK_HEADER_BYTES + frameBytes(this.#to));
    peer.on('error', (error) => this.#log.debug({ err: error }, 'who looked hung up'));
    peer.on('close', () => this.#asking.delete(peer));
    peer.on('data', () => this.#asking.set(peer, picture));
  }

  #saw(frame: Frame): void {
    if (this.#asking.size === 0) return;
    const arrivedUs = monotonicUs();
    for (const [peer, picture] of this.#asking) {
      // Whoever asks again before he has read is given the next one when he has.
      if (peer.writableLength > 0) continue;
      this.#asking.delete(peer);
      writeLookHeader(picture, { ...this.#to, arrivedUs });
      this.#draw(frame.bytes, picture.subarray(LOOK_HEADER_BYTES));
      peer.write(picture);
    }
  }

  #draw(from: Buffer, to: Buffer): void {
    const [before, after] = [planesOf(this.#from), planesOf(this.#to)];
    for (const [index, { offset, stride, divisor }] of before.entries()) {
      const small = after[index] ?? after[0];
      this.#scaler.draw(
        { bytes: from, offset, stride, area: areaOf(this.#from, divisor) },
        { bytes: to, offset: small.offset, stride: small.stride, area: areaOf(this.#to, divisor) },
      );
    }
  }
}

/** Half or a quarter of the program, which are quickest to make, where that has whole pixels. */
export function lookSize({ width, height }: Size): Size {
  const by = width <= 2 * WIDTH_MAX ? 2 : 4;
  const even = (value: number): number => 2 * Math.round(value / by / 2);
  return { width: even(width), height: even(height) };
}

function areaOf({ width, height }: Size, divisor: number) {
  return { x: 0, y: 0, width: width / divisor, height: height / divisor };
}
