import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';

/** A gate that reads nothing for so long, bytes of s16le stereo at 48 kHz (200 ms), gets what comes later. */
const MAX_WAITING_BYTES = 38_400;

/** Where the gate fetches sound that needs no FFmpeg. */
export class GateSocket {
  #gate: Socket | null = null;

  write(bytes: Buffer): void {
    if (this.#gate !== null && this.#gate.writableLength <= MAX_WAITING_BYTES) this.#gate.write(bytes);
  }

  async run(path: string, signal: AbortSignal): Promise<void> {
    rmSync(path, { force: true });
    const server = createServer((socket) => this.#accept(socket)).listen(path);
    const stop = (): void => {
      server.close();
      this.#gate?.destroy();
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    await once(server, 'close');
  }

  #accept(socket: Socket): void {
    this.#gate?.destroy();
    this.#gate = socket;
    // The gate comes and goes; it dials again by itself.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#gate === socket) this.#gate = null;
    });
  }
}
