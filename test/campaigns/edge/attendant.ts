import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Playback } from '#edge-relay/contract/api.ts';
import type { ToViewer } from '#edge-relay/contract/events.ts';
import { MediaWatch } from './media-watch.ts';
import { keepWatching, type LightViewer, type Ticket } from './viewer.ts';

const PING_MS = 500;

export interface AttendantOptions {
  /** Something to say in the class, now and then. */
  readonly chat?: () => string | null;
}

/** Takes part in the class by the events socket; every answered ping stands for a picture. */
export function attendant(ticket: Ticket, { chat = () => null }: AttendantOptions = {}): LightViewer {
  const watch = new MediaWatch();
  const sit = async ({ events, token }: Playback, signal: AbortSignal): Promise<void> => {
    const socket = new WebSocket(events);
    const closed = once(socket, 'close') as Promise<[number, Buffer]>;
    const leave = (): void => socket.terminate();
    signal.addEventListener('abort', leave, { once: true });
    let pinging: NodeJS.Timeout | undefined;
    socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', token })));
    // What went wrong is told by the close that follows.
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as ToViewer;
      // Pings that waited for each other are answered in the same millisecond.
      if (message.type === 'pong' && message.edgeMs !== watch.newestMs) watch.picture(message.edgeMs * 1000, PING_MS * 1000);
      if (message.type !== 'welcome') return;
      watch.sits();
      pinging = setInterval(() => say(socket, chat()), PING_MS);
    });
    const [code, reason] = await closed.finally(() => clearInterval(pinging));
    signal.removeEventListener('abort', leave);
    throw new Error(`the events socket was closed with ${code} ${reason.toString()}`);
  };
  return { name: `events ${ticket.room}`, room: ticket.room, watch, run: (signal) => keepWatching(ticket, watch, sit, signal) };
}

function say(socket: WebSocket, text: string | null): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.send(JSON.stringify({ type: 'ping', at: Date.now() }));
  if (text !== null) socket.send(JSON.stringify({ type: 'chat', text }));
}
