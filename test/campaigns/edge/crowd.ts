import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const OPEN_WITHIN_MS = 10_000;

/** Many TCP connections of one attacker, closed at the end whatever became of them. */
export class Crowd implements AsyncDisposable {
  readonly #sockets: readonly Socket[];

  private constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets;
    // Being cut off is what they ask for.
    for (const socket of sockets) socket.resume().on('error', () => socket.destroy());
  }

  static async open(count: number, port: number): Promise<Crowd> {
    const signal = AbortSignal.timeout(OPEN_WITHIN_MS);
    const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
    // One that is turned away at once has had its answer.
    await Promise.all(sockets.map((socket) => once(socket, 'connect', { signal }).catch(() => undefined)));
    return new Crowd(sockets);
  }

  /** Those that nobody closed. */
  get open(): number {
    return this.#sockets.filter(({ readyState }) => readyState === 'open').length;
  }

  say(bytes: (at: number) => string | Buffer): void {
    for (const [at, socket] of this.#sockets.entries()) if (socket.writable) socket.write(bytes(at));
  }

  /** Resolves when the far end has closed all of them, or after so long. */
  async dismissed(withinMs: number): Promise<boolean> {
    const signal = AbortSignal.timeout(withinMs);
    // One that was cut off with an error is closed as well, though `once` says that it failed.
    await Promise.allSettled(this.#sockets.map((socket) => (socket.destroyed ? Promise.resolve() : once(socket, 'close', { signal }))));
    return this.#sockets.every(({ destroyed }) => destroyed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.dismissed(OPEN_WITHIN_MS);
  }
}
