import type { FromViewer, ToViewer } from '#edge-relay/contract/events.ts';
import type { Quality } from '#edge-relay/contract/operations.ts';
import { ClockOffset } from '#kit/ui/time/clock-offset.ts';
import { pause } from '#kit/ui/time/pause.ts';
import { Chat } from './chat.svelte.ts';
import { next, type Stage, type StageEvent } from './stage.ts';

const PING_MS = 5_000;
/** A page that has just opened answers late: several questions, of which the quickest is believed. */
const FIRST_PINGS_MS = [0, 300, 700, 1_200, 2_000];
const TICK_MS = 500;
const RETRY_MS = 1_500;
/** Closed because the ticket is gone, or because this student was asked to leave: coming back would only be refused again. */
const NOT_WELCOME: ReadonlySet<number> = new Set([4403, 4410]);

export interface ClassRoomOptions {
  /** Read at every connection. */
  readonly access: () => { readonly url: string; readonly token: string };
  /** This student may not be here any more. */
  readonly dismissed: () => void;
}

interface RoomTold {
  readonly live: boolean;
  readonly coming?: boolean;
  readonly ended?: boolean;
  readonly viewers: number;
}

/** The live class beside the picture: who is here, how far it is, the chat, and the edge's clock. */
export class ClassRoom {
  readonly chat = new Chat();
  readonly #options: ClassRoomOptions;
  readonly #clock = new ClockOffset();
  #connected = $state(false);
  #viewers = $state(0);
  #coming = $state(false);
  #stage = $state.raw<Stage>({ kind: 'before' });
  #socket: WebSocket | null = null;

  constructor(options: ClassRoomOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#connected;
  }
  get stage(): Stage['kind'] {
    return this.#stage.kind;
  }
  /** The first picture is on its way. */
  get coming(): boolean {
    return this.#coming;
  }
  get viewers(): number {
    return this.#viewers;
  }
  /** Milliseconds to add to this page's clock to read the edge's. */
  get clockOffsetMs(): number {
    return this.#clock.ms;
  }

  /** Stays connected until the signal aborts or the ticket is gone. */
  async run(signal: AbortSignal): Promise<void> {
    const ticking = setInterval(() => this.#move({ type: 'waited', atMs: performance.now() }), TICK_MS);
    while (!signal.aborted) {
      const code = await this.#connect(signal);
      this.#connected = false;
      if (NOT_WELCOME.has(code)) {
        this.#options.dismissed();
        break;
      }
      await pause(RETRY_MS, signal);
    }
    clearInterval(ticking);
  }

  /** The right to stay, before the old one runs out. */
  renew(token: string): void {
    if (this.#connected) this.#send({ type: 'renew', token });
  }

  /** Tells how the picture is; not said again when it is lost on the way. */
  report(quality: Quality): void {
    if (this.#connected) this.#send({ type: 'quality', ...quality });
  }

  say(): void {
    const message = this.chat.take();
    if (message) this.#send(message);
  }

  /** @returns the code that the connection was closed with */
  #connect(signal: AbortSignal): Promise<number> {
    const { url, token } = this.#options.access();
    const socket = new WebSocket(url);
    this.#socket = socket;
    const pinging = setInterval(() => this.#ping(), PING_MS);
    const leave = (): void => socket.close();
    signal.addEventListener('abort', leave, { once: true });
    socket.onopen = () => this.#send({ type: 'hello', token });
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(String(data)) as ToViewer);
    return new Promise((resolve) => {
      socket.onclose = ({ code }) => {
        clearInterval(pinging);
        signal.removeEventListener('abort', leave);
        resolve(code);
      };
    });
  }

  #send(message: FromViewer): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #ping(): void {
    this.#send({ type: 'ping', at: Date.now() });
  }

  #receive(message: ToViewer): void {
    switch (message.type) {
      case 'welcome':
        this.#connected = true;
        this.chat.restore(message.history);
        this.#tell(message);
        for (const ms of FIRST_PINGS_MS) setTimeout(() => this.#ping(), ms);
        return;
      case 'room':
        return this.#tell(message);
      case 'chat':
        return this.chat.receive(message);
      case 'refused':
        return this.chat.refuse(message);
      case 'pong':
        return this.#clock.add({ askedAt: message.at, answeredAt: Date.now(), remoteAt: message.edgeMs });
    }
  }

  #tell({ live, coming = false, ended = false, viewers }: RoomTold): void {
    this.#viewers = viewers;
    this.#coming = coming;
    this.#move({ type: 'told', live, ended, atMs: performance.now() });
  }

  #move(event: StageEvent): void {
    this.#stage = next(this.#stage, event);
  }
}
