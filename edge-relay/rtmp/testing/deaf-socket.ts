import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

/** What a gate needs of a connection, without one: what is written is counted and gone. */
class DeafSocket extends EventEmitter {
  readonly remoteAddress = '192.0.2.7';
  readonly remotePort = 50_000;
  readonly writableLength = 0;
  destroyed = false;
  bytesWritten = 0;

  get writable(): boolean {
    return !this.destroyed;
  }

  write(bytes: Buffer): boolean {
    this.bytesWritten += bytes.length;
    return true;
  }

  setTimeout(): void {
    // Time does not pass here.
  }

  destroySoon(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }
}

export function deafSocket(): Socket {
  return new DeafSocket() as unknown as Socket;
}
