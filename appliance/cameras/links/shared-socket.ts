import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { CodedError, reasonOf } from '#kit/process/errors.ts';

interface Member {
  readonly address: string;
  readonly port: number;
  readonly received: (datagram: Buffer) => void;
}

export interface Seat {
  send(datagram: Buffer): void;
  /** Resolves when the signal aborts, rejects when the socket failed. */
  readonly ended: Promise<void>;
}

/**
 * One UDP socket for many cameras. Sony's answer to port 52381 whatever port they were asked from, so it is bound there once and
 * what comes in is told apart by its sender. Bound while somebody wants it.
 */
export class SharedSocket {
  readonly #port: number;
  readonly #members = new Set<Member>();
  #binding: Promise<{ socket: Socket; failed: Promise<never> }> | null = null;

  /** 0 lets the system choose. */
  constructor(port: number) {
    this.#port = port;
  }

  /** Where it is bound, while it is. */
  async port(): Promise<number> {
    return (await this.#bound()).socket.address().port;
  }

  /** `address` is an IP address: names are looked up by who asks. */
  async join(camera: Member, signal: AbortSignal): Promise<Seat> {
    this.#members.add(camera);
    const ended = Promise.withResolvers<void>();
    const leave = (): void => {
      this.#leave(camera);
      ended.resolve();
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    try {
      const { socket, failed } = await this.#bound();
      failed.catch(ended.reject);
      // Send errors (no route while the switch reboots) are no end: the camera just doesn't answer.
      return { send: (datagram) => this.#members.has(camera) && socket.send(datagram, camera.port, camera.address, () => undefined), ended: ended.promise };
    } catch (error) {
      this.#members.delete(camera);
      throw error;
    }
  }

  #bound(): Promise<{ socket: Socket; failed: Promise<never> }> {
    return (this.#binding ??= this.#bind().catch((error: unknown) => {
      this.#binding = null;
      throw new CodedError('camera_unreachable', `UDP port ${this.#port} of this box, which the camera answers to, cannot be used: ${reasonOf(error)}`, { cause: error });
    }));
  }

  async #bind(): Promise<{ socket: Socket; failed: Promise<never> }> {
    const socket = createSocket('udp4');
    const { promise: failed, reject } = Promise.withResolvers<never>();
    failed.catch(() => undefined);
    socket.on('message', (datagram, from) => this.#memberFor(from)?.received(datagram));
    socket.bind(this.#port);
    await once(socket, 'listening');
    socket.on('error', (error) => {
      this.#binding = null;
      socket.close();
      reject(error);
    });
    return { socket, failed };
  }

  /** By its whole address, else by its host alone: some cameras answer from another port than they are asked at. */
  #memberFor({ address, port }: RemoteInfo): Member | undefined {
    const there = [...this.#members].filter((member) => member.address === address);
    return there.find((member) => member.port === port) ?? (there.length === 1 ? there[0] : undefined);
  }

  #leave(camera: Member): void {
    this.#members.delete(camera);
    if (this.#members.size > 0 || this.#binding === null) return;
    const binding = this.#binding;
    this.#binding = null;
    binding.then(({ socket }) => socket.close()).catch(() => undefined);
  }
}
