import type { ChatMessage, FromViewer, ToViewer } from '#edge-relay/contract/events.ts';
import { pause } from '#kit/ui/time/pause.ts';
import { ClockOffset } from './clock-offset.ts';

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs: number;
}

const HISTORY = 200;
const PING_MS = 5_000;
const RETRY_MS = 1_500;
/** Closed because the ticket is gone: coming back would only be refused again. */
const REVOKED = 4403;

/** The live class beside the picture: who is here, whether it is live, the chat, and the edge's clock. */
export class ClassRoom {
  #connected = $state(false);
  #live = $state(false);
  #wasLive = $state(false);
  #viewers = $state(0);
  #messages = $state.raw<readonly ChatMessage[]>([]);
  #refusal = $state.raw<Refusal | null>(null);
  #revoked = $state(false);
  #clock = new ClockOffset();
  #socket: WebSocket | null = null;

  get connected(): boolean {
    return this.#connected;
  }
  get live(): boolean {
    return this.#live;
  }
  /** It was live while this page was open. */
  get wasLive(): boolean {
    return this.#wasLive;
  }
  get viewers(): number {
    return this.#viewers;
  }
  get messages(): readonly ChatMessage[] {
    return this.#messages;
  }
  get refusal(): Refusal | null {
    return this.#refusal;
  }
  get revoked(): boolean {
    return this.#revoked;
  }
  /** Milliseconds to add to this page's clock to read the edge's. */
  get clockOffsetMs(): number {
    return this.#clock.offsetMs;
  }

  /** Stays connected until the signal aborts. `access` is read at every connection. */
  async run(access: () => { url: string; token: string }, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#revoked) {
      await this.#connect(access(), signal);
      this.#connected = false;
      await pause(RETRY_MS, signal);
    }
  }

  renew(token: string): void {
    this.#send({ type: 'renew', token });
  }

  say(text: string): void {
    this.#refusal = null;
    this.#send({ type: 'chat', text });
  }

  #connect({ url, token }: { url: string; token: string }, signal: AbortSignal): Promise<void> {
    const socket = new WebSocket(url);
    this.#socket = socket;
    const ping = setInterval(() => this.#send({ type: 'ping', at: performance.now() }), PING_MS);
    const leave = (): void => socket.close();
    signal.addEventListener('abort', leave, { once: true });
    socket.onopen = () => this.#send({ type: 'hello', token });
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(String(data)) as ToViewer);
    return new Promise((resolve) => {
      socket.onclose = ({ code }) => {
        clearInterval(ping);
        signal.removeEventListener('abort', leave);
        this.#revoked = code === REVOKED;
        resolve();
      };
    });
  }

  #send(message: FromViewer): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #receive(message: ToViewer): void {
    switch (message.type) {
      case 'welcome':
        this.#connected = true;
        this.#messages = message.history;
        this.#setRoom(message.live, message.viewers);
        this.#send({ type: 'ping', at: performance.now() });
        break;
      case 'room':
        this.#setRoom(message.live, message.viewers);
        break;
      case 'chat':
        this.#messages = [...this.#messages, message].slice(-HISTORY);
        break;
      case 'refused':
        this.#refusal = { code: message.code, message: message.message, retryAfterMs: message.retryAfterMs ?? 0 };
        break;
      case 'pong':
        this.#clock.add({ sentAt: message.at, receivedAt: performance.now(), edgeMs: message.edgeMs, pageMs: Date.now() });
    }
  }

  #setRoom(live: boolean, viewers: number): void {
    this.#live = live;
    this.#wasLive ||= live;
    this.#viewers = viewers;
  }
}
