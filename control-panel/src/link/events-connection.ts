import type { EventsMessage } from '#appliance/contract/api.ts';

export interface EventsOptions {
  readonly url: string;
  readonly token: string;
  readonly signal: AbortSignal;
  readonly onMessage: (message: EventsMessage) => void;
  /** Receives the way to send while the connection lasts, null after. */
  readonly onSender: (send: ((message: object) => void) | null) => void;
}

/** The box tells sound levels ten times a second: when nothing has come for so long, nothing will. */
const QUIET_MS = 4_000;
const CLOSED_UNAUTHORISED = 4401;

/** One connection to `WS /api/events`, from hello to close; never restarted. Answers why it ended. */
export async function followEvents(options: EventsOptions): Promise<'dropped' | 'refused'> {
  const socket = new WebSocket(options.url);
  const quiet = new QuietWatch();
  socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'hello', token: options.token })));
  socket.addEventListener('message', ({ data }) => {
    quiet.heard();
    receive(String(data), options, socket);
  });
  quiet.heard();
  // A vanished peer does not finish the closing handshake: the socket is not waited for then.
  const code = await Promise.race([closeOf(socket), quiet.gone, aborted(options.signal)]);
  quiet.stop();
  options.onSender(null);
  socket.close();
  return code === CLOSED_UNAUTHORISED ? 'refused' : 'dropped';
}

function receive(text: string, options: EventsOptions, socket: WebSocket): void {
  const message = JSON.parse(text) as EventsMessage;
  if (message.type === 'welcome') {
    options.onSender((out) => {
      // Steering is worth nothing late: what can't leave now is not queued.
      if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount < 4_096) socket.send(JSON.stringify(out));
    });
  }
  options.onMessage(message);
}

function closeOf(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.addEventListener('close', ({ code }) => resolve(code), { once: true }));
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}

/** `gone` once nothing was heard for a while. */
class QuietWatch {
  readonly gone: Promise<null>;
  #declareGone: () => void = () => undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.gone = new Promise((resolve) => (this.#declareGone = () => resolve(null)));
  }

  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#declareGone, QUIET_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
