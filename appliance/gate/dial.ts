import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { codeOf } from '#kit/process/errors.ts';
import { sleep } from '#kit/process/supervisor.ts';

/** Takes bytes off a socket straight into memory of its own: raw video is too much to be copied twice. */
export interface ByteReader {
  /** Where the next bytes go; never empty. */
  room(): Uint8Array;
  took(bytes: number): void;
  /** The connection ended: what is unfinished is void. */
  closed(): void;
}

/** A capture that starts listens some 100 ms later. */
const RETRY_MS = 50;
/** Not there yet, or already gone: what every restart of a capture looks like from here. */
const EXPECTED: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

/** Connects to the capture that listens on the unix socket `path`, again and again until the signal aborts. */
export async function keepDialled(path: string, reader: ByteReader, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Microphones are closed between classes and a laptop seldom shares: a look costs a hundredth of a connection that fails.
    if (existsSync(path)) {
      await readOnce(path, reader, signal);
      reader.closed();
    }
    await sleep(RETRY_MS, signal);
  }
}

async function readOnce(path: string, reader: ByteReader, signal: AbortSignal): Promise<void> {
  const onread = {
    buffer: () => reader.room(),
    callback: (bytes: number) => {
      reader.took(bytes);
      return true;
    },
  };
  const socket = connect({ path, onread });
  const stop = (): void => void socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    socket.resume();
    await once(socket, 'close');
  } catch (error) {
    if (!EXPECTED.has(codeOf(error))) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}
