import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { eventually } from '../product/eventually.ts';

/** V8's inspector of a running process, over the Chrome DevTools protocol. */
export interface Inspector {
  /** Of what is reachable, buffers included, after a full collection. */
  liveMegabytes(): Promise<number>;
  /** For DevTools, and for whoever looks for a leak. */
  writeSnapshot(file: string): Promise<void>;
  close(): void;
}

/** Lets the system choose the inspector's port; it opens at SIGUSR1 and not before. */
export const INSPECTABLE: readonly string[] = ['--inspect-port=127.0.0.1:0'];
const SNAPSHOT_WITHIN_MS = 120_000;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly chunk?: string };
  readonly result?: { readonly usedSize: number; readonly backingStorageSize?: number; readonly embedderHeapUsedSize?: number };
  readonly error?: { readonly message: string };
}

/** @param words what the process has said, in which it names its inspector's address once it was sent SIGUSR1 */
export async function openInspector(words: () => string): Promise<Inspector> {
  const url = await eventually('the inspector to listen', () => words().match(/Debugger listening on (ws:\/\/\S+)/g)?.at(-1)?.replace(/^.* /, ''));
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'open');
  const asked = new Map<number, { resolve: (message: Message) => void; reject: (error: Error) => void }>();
  let onChunk: (chunk: string) => void = () => undefined;
  let last = 0;
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as Message;
    if (message.method === 'HeapProfiler.addHeapSnapshotChunk') onChunk(message.params?.chunk ?? '');
    const waiting = asked.get(message.id ?? 0);
    asked.delete(message.id ?? 0);
    if (message.error !== undefined) waiting?.reject(new Error(message.error.message));
    else waiting?.resolve(message);
  });
  const ask = async (method: string, params: object = {}): Promise<Message> => {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    const late = setTimeout(() => reject(new Error(`${method} was not answered`)), SNAPSHOT_WITHIN_MS);
    last += 1;
    asked.set(last, { resolve, reject });
    socket.send(JSON.stringify({ id: last, method, params }));
    return await promise.finally(() => clearTimeout(late));
  };
  return {
    liveMegabytes: async () => {
      // What a finaliser lets go is collected by the next round.
      for (let round = 0; round < 2; round += 1) await ask('HeapProfiler.collectGarbage');
      const { result } = await ask('Runtime.getHeapUsage');
      return ((result?.usedSize ?? 0) + (result?.backingStorageSize ?? 0)) / 2 ** 20;
    },
    writeSnapshot: async (file) => {
      const into = createWriteStream(file);
      onChunk = (chunk) => void into.write(chunk);
      await ask('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
      into.end();
      await once(into, 'finish');
    },
    close: () => socket.close(),
  };
}
