import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { sleep } from '#kit/process/supervisor.ts';
import type { CameraStream } from './stream.ts';
import { Visit } from './visit.ts';

/** What is wrong with a camera. Several may be at once. */
export interface CameraFaults {
  /** Connections stay open and nothing comes. */
  readonly stalled: boolean;
  /** Nobody is let in. */
  readonly unplugged: boolean;
  /** Describes itself in nonsense. */
  readonly badDescription: boolean;
  /** Answers a byte at a time, ten a second. */
  readonly slow: boolean;
  /** Share of the packets that get lost on UDP. */
  readonly loss: number;
}

export interface CameraOptions {
  readonly stream: CameraStream;
  /** Asked for by digest, where given. */
  readonly credentials?: { readonly user: string; readonly password: string };
  /** Added to the camera's clock in its sender reports, ms. */
  readonly clockOffsetMs?: number;
}

export const WELL: CameraFaults = { stalled: false, unplugged: false, badDescription: false, slow: false, loss: 0 };
const GARBAGE_BYTES = 20_000;

/**
 * A network camera that can be made to misbehave, in this process: RTSP over TCP and UDP. Its frames leave at their capture time, so
 * what is measured behind it is the delay of the receiver alone.
 */
export class FaultyCamera {
  faults: CameraFaults = WELL;
  readonly #options: CameraOptions;
  readonly #server: Server;
  readonly #visits = new Set<Visit>();
  #stream: CameraStream;
  #port = 0;
  #refused = 0;

  private constructor(options: CameraOptions) {
    this.#options = options;
    this.#stream = options.stream;
    this.#server = createServer((socket) => this.#welcome(socket));
  }

  /** Listens on a free port of this machine and plays until the signal aborts. */
  static async open(options: CameraOptions, signal: AbortSignal): Promise<FaultyCamera> {
    const camera = new FaultyCamera(options);
    camera.#server.listen(0, '127.0.0.1');
    await once(camera.#server, 'listening');
    camera.#port = (camera.#server.address() as AddressInfo).port;
    void camera.#play(signal);
    return camera;
  }

  /** Where it is, with its user name and password. */
  get url(): string {
    const { credentials } = this.#options;
    const who = credentials === undefined ? '' : `${credentials.user}:${credentials.password}@`;
    return `rtsp://${who}127.0.0.1:${this.#port}/camera`;
  }

  /** How many were turned away because it was unplugged. */
  get refused(): number {
    return this.#refused;
  }

  /** From the next frame on: another picture, of another size as well, on the same connections. */
  show(stream: CameraStream): void {
    this.#stream = stream;
  }

  /** Sends bytes that mean nothing to everybody who watches over TCP. */
  sendGarbage(): void {
    const garbage = Buffer.alloc(GARBAGE_BYTES);
    for (let at = 0; at < garbage.length; at += 1) garbage[at] = (at * 167 + (at >> 3)) & 0xff;
    for (const visit of this.#visits) visit.sendRaw(garbage);
  }

  /** Ends every connection by a reset, as a switch that loses power does not and a rebooting camera does. */
  reset(): void {
    for (const visit of this.#visits) visit.reset();
  }

  /** Nobody is at its address any more: whoever looks for it finds nothing. */
  async leave(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.reset();
    await closed;
  }

  async comeBack(): Promise<void> {
    const listens = once(this.#server, 'listening');
    this.#server.listen(this.#port, '127.0.0.1');
    await listens;
  }

  #welcome(socket: Socket): void {
    if (this.faults.unplugged) {
      this.#refused += 1;
      socket.resetAndDestroy();
      return;
    }
    const visit = new Visit(socket, { ...this.#options, stream: () => this.#stream, faults: () => this.faults });
    this.#visits.add(visit);
    socket.on('close', () => this.#visits.delete(visit));
  }

  async #play(signal: AbortSignal): Promise<void> {
    const startedMs = Date.now();
    for (let elapsedMs = 0; !signal.aborted; ) {
      const { periodMs } = this.#stream;
      elapsedMs += periodMs;
      await sleep(Math.max(0, startedMs + elapsedMs - Date.now()), signal);
      const unit = this.#stream.take();
      if (!this.faults.stalled) for (const visit of this.#visits) visit.send(unit, startedMs + elapsedMs);
    }
    this.#server.close();
    for (const visit of this.#visits) visit.reset();
  }
}
