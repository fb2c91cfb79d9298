import type { FromViewer, ToViewer } from '#edge-relay/contract/events.ts';
import type { Quality } from '#edge-relay/contract/operations.ts';
import { ClockOffset } from '#kit/ui/time/clock-offset.ts';
import { pause } from '#kit/ui/time/pause.ts';
import { Chat } from './chat.svelte.ts';
import { Line, retryMs } from './class-room-line.ts';
import { next, type Stage, type StageEvent } from './stage.ts';

const PING_MS = 5_000;
/** A page that has just opened answers late: several questions, of which the quickest is believed. */
const FIRST_PINGS_MS = [0, 300, 700, 1_200, 2_000];
const TICK_MS = 500;
/** Closed because the ticket is gone, or because this student was asked to leave: to come back by the same token would only be refused again. */
const NOT_WELCOME: ReadonlySet<number> = new Set([4403, 4410]);
/** How often somebody who is not welcome looks whether there is another right to be here. */
const LOOK_MS = 1_000;
/** The token is no good any more; said as well of an account that is here too often, where a new one does not help. */
const UNAUTHORISED = 4401;
/** As a browser calls a connection that ended without a word (RFC 6455 section 7.4.1). */
const LOST = 1006;

interface Access {
  readonly url: string;
  readonly token: string;
}

export interface ClassRoomOptions {
  /** Read at every connection. */
  readonly access: () => Access;
  /** This student may not be here any more, or not by this token: the right is to be asked for anew. */
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
  #line = new Line(0);
  #mayAskAnew = true;

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

  /** Stays connected until the signal aborts. Who is not welcome by one token waits for another. */
  async run(signal: AbortSignal): Promise<void> {
    const ticking = setInterval(() => this.#move({ type: 'waited', atMs: performance.now() }), TICK_MS);
    let failures = 0;
    while (!signal.aborted) {
      const access = this.#options.access();
      const code = await this.#connect(access, signal);
      failures = this.#connected ? 0 : failures + 1;
      this.#connected = false;
      if (NOT_WELCOME.has(code)) {
        this.#options.dismissed();
        while (!signal.aborted && this.#options.access().token === access.token) await pause(LOOK_MS, signal);
      }
      if (code === UNAUTHORISED) this.#askAnew(access.token);
      await pause(retryMs(failures), signal);
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

  /** Once until somebody is let in again: a refusal that a new token did not help is not about the token. */
  #askAnew(refused: string): void {
    if (!this.#mayAskAnew || this.#options.access().token !== refused) return;
    this.#mayAskAnew = false;
    this.#options.dismissed();
  }

  /** @returns the code that the connection was closed with */
  #connect({ url, token }: Access, signal: AbortSignal): Promise<number> {
    const socket = new WebSocket(url);
    this.#socket = socket;
    this.#line = new Line(Date.now());
    return new Promise((resolve) => {
      const end = (code: number): void => {
        clearInterval(pinging);
        signal.removeEventListener('abort', leave);
        // A far end that is gone does not answer the close either: nothing more is waited for, nor heard.
        socket.onopen = socket.onmessage = socket.onclose = null;
        socket.close();
        resolve(code);
      };
      const leave = (): void => end(LOST);
      const pinging = setInterval(() => (this.#line.isLost(Date.now()) ? end(LOST) : this.#ping()), PING_MS);
      signal.addEventListener('abort', leave, { once: true });
      socket.onopen = () => this.#send({ type: 'hello', token });
      socket.onmessage = ({ data }) => this.#receive(JSON.parse(String(data)) as ToViewer);
      socket.onclose = ({ code }) => end(code);
    });
  }

  #send(message: FromViewer): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #ping(): void {
    const at = Date.now();
    this.#line.asked(at);
    this.#send({ type: 'ping', at });
  }

  #receive(message: ToViewer): void {
    this.#line.heard(Date.now());
    switch (message.type) {
      case 'welcome':
        this.#connected = true;
        this.#mayAskAnew = true;
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
