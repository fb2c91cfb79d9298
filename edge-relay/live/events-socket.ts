/** `WS /rooms/:room/events`: one viewer's connection to the live class, from hello to close. */
import type { Static } from 'typebox';
import type { WebSocket } from 'ws';
import { closeReason } from '#kit/process/close-reason.ts';
import { CodedError } from '#kit/process/errors.ts';
import type { FromViewer, ToViewer } from '../contract/events.ts';
import type { Quality } from '../contract/operations.ts';
import type { Viewer } from '../access/principal.ts';
import { shownText } from './chat-rules.ts';
import type { Attendant, LiveRoom, RoomNow } from './live-room.ts';
import { readMessage } from './message.ts';

export const CLOSE = { unauthorised: 4401, ticketRevoked: 4403, sentAway: 4410, restarting: 1012, policy: 1008, failed: 1011 } as const;
const HELLO_WITHIN_MS = 5_000;
/** Whoever is told why it is over has this long to hear it; ws alone would let them keep their place for half a minute. */
const HEARD_WITHIN_MS = 5_000;
/** Silent for so long, it is asked whether it is still there, and has as long again to answer: a phone that changes its network leaves without a word. */
const ASKED_AFTER_MS = 20_000;
/** Beyond this, numbers of viewers are not queued; beyond the second, the connection is given up. */
const SLOW_BYTES = 64 * 1024;
const LOST_BYTES = 1024 * 1024;
/** Messages of any kind a second; a page sends a few a minute. */
const MAX_MESSAGES_A_SECOND = 20;

type Message = Static<typeof FromViewer>;

export interface Reported {
  readonly quality: Quality;
  readonly atMs: number;
}

export interface Desk {
  /** Whose token this is, if it is good for this room now. @throws CodedError */
  admit(token: string): Viewer;
  /** The live class, with what is to be said of the room at this moment. */
  room(): RoomNow & { readonly people: LiveRoom };
  /** When this viewer's ticket began to let them in. */
  sinceMs(viewer: Viewer): number;
  /** A defect: it is written down, and ends this connection alone. */
  failed(error: unknown): void;
  /** Throws when this account has too many connections already. */
  demandPlace(viewer: Viewer): void;
  now(): number;
}

export class EventsSocket implements Attendant {
  readonly #socket: WebSocket;
  readonly #desk: Desk;
  readonly #helloTimer: NodeJS.Timeout;
  #viewer: Viewer | null = null;
  #leave: () => void = () => undefined;
  #ending: NodeJS.Timeout | undefined;
  #heardAtMs: number;
  /** Null where nobody was asked since something was heard. */
  #askedAtMs: number | null = null;
  #second = { atMs: 0, messages: 0 };
  #reported: Reported | null = null;

  constructor(socket: WebSocket, desk: Desk) {
    this.#socket = socket;
    this.#desk = desk;
    this.#heardAtMs = desk.now();
    this.#helloTimer = setTimeout(() => this.close(CLOSE.unauthorised, 'no hello within 5 s'), HELLO_WITHIN_MS);
    socket.on('message', (data, isBinary) => this.#receive(isBinary || !Buffer.isBuffer(data) ? '' : data.toString()));
    socket.on('pong', () => this.#heard());
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearTimeout(this.#helloTimer);
      clearTimeout(this.#ending);
      this.#leave();
    });
  }

  get account(): string {
    return this.#viewer?.account ?? '';
  }

  get name(): string {
    return this.#viewer?.name ?? '';
  }

  /** Playback session; empty before hello. */
  get session(): string {
    return this.#viewer?.place ?? '';
  }

  /** The newest word of how the picture is; each replaces the one before. */
  get reported(): Reported | null {
    return this.#reported;
  }

  /** Whether its token has run out without being renewed. */
  expired(nowMs: number): boolean {
    return this.#viewer !== null && this.#viewer.expiresAtMs <= nowMs;
  }

  /** Lets go of a far end that is gone without a word. Called about once a second. */
  look(nowMs: number): void {
    if (this.#askedAtMs !== null) {
      if (nowMs - this.#askedAtMs >= ASKED_AFTER_MS) this.drop();
    } else if (nowMs - this.#heardAtMs >= ASKED_AFTER_MS) {
      this.#askedAtMs = nowMs;
      this.#socket.ping();
    }
  }

  /** At once, and without a word. */
  drop(): void {
    this.#socket.terminate();
  }

  send(text: string, droppable: boolean): void {
    const waiting = this.#socket.bufferedAmount;
    if (waiting > LOST_BYTES) this.#socket.terminate();
    else if (!droppable || waiting < SLOW_BYTES) this.#socket.send(text);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, closeReason(reason));
    this.#ending ??= setTimeout(() => this.drop(), HEARD_WITHIN_MS);
  }

  #heard(): void {
    this.#heardAtMs = this.#desk.now();
    this.#askedAtMs = null;
  }

  #receive(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#heard();
    if (this.#isFlood()) return this.close(CLOSE.policy, 'too many messages');
    try {
      const message = readMessage(text);
      if (this.#viewer === null) this.#hello(message);
      else this.#handle(message, this.#viewer);
    } catch (error) {
      this.#refuse(error);
    }
  }

  #refuse(error: unknown): void {
    if (!(error instanceof CodedError)) {
      this.#desk.failed(error);
      this.close(CLOSE.failed, 'something went wrong here');
    } else if (this.#viewer === null) this.close(codeFor(error), error.message);
    else this.#tell({ type: 'refused', code: error.code, message: error.message });
  }

  #hello(message: Message): void {
    if (message.type !== 'hello') throw new CodedError('hello_first', 'The first message must be hello.');
    const viewer = this.#desk.admit(message.token);
    this.#desk.demandPlace(viewer);
    clearTimeout(this.#helloTimer);
    this.#viewer = viewer;
    const { people, ...now } = this.#desk.room();
    this.#leave = people.join(this, now, this.#desk.sinceMs(viewer));
  }

  #handle(message: Message, viewer: Viewer): void {
    switch (message.type) {
      case 'hello':
      case 'renew':
        return this.#renew(message.token, viewer);
      case 'chat':
        return this.#chat(message.text, message.ref, viewer);
      case 'quality': {
        const { type: _, ...quality } = message;
        this.#reported = { quality, atMs: this.#desk.now() };
        return;
      }
      case 'ping':
        return this.#tell({ type: 'pong', at: message.at, edgeMs: this.#desk.now() });
    }
  }

  #renew(token: string, viewer: Viewer): void {
    const renewed = this.#desk.admit(token);
    if (renewed.account !== viewer.account) throw new CodedError('bad_token', 'This token is somebody else\'s.');
    this.#viewer = renewed;
  }

  #chat(given: string, ref: string | undefined, { account }: Viewer): void {
    const nowMs = this.#desk.now();
    const { people } = this.#desk.room();
    const retryAfterMs = people.allow(account, nowMs);
    const refs = ref === undefined ? {} : { ref };
    if (retryAfterMs > 0) {
      return this.#tell({ type: 'refused', code: 'too_fast', message: 'One message a second, please.', retryAfterMs, ...refs });
    }
    const text = shownText(given);
    if (text === null) return this.#tell({ type: 'refused', code: 'bad_message', message: 'There is nothing to show in this message.', ...refs });
    people.say(this, text, { atMs: nowMs, ref });
  }

  #tell(message: ToViewer): void {
    this.send(JSON.stringify(message), false);
  }

  #isFlood(): boolean {
    const nowMs = this.#desk.now();
    if (nowMs - this.#second.atMs >= 1_000) this.#second = { atMs: nowMs, messages: 0 };
    this.#second.messages += 1;
    return this.#second.messages > MAX_MESSAGES_A_SECOND;
  }
}

/** Why somebody is not let in, as the page has to tell it apart. */
function codeFor({ code }: CodedError): number {
  if (code === 'sent_away') return CLOSE.sentAway;
  return code === 'draining' ? CLOSE.restarting : CLOSE.unauthorised;
}
