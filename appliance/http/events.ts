import { checker } from '#kit/process/check.ts';
import { closeReason } from '#kit/process/close-reason.ts';
import type { Http } from '#kit/process/http.ts';
import { codeOf, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { randomUUID } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import { EventsDrive, EventsHello, type EventsMessage } from '../contract/api.ts';
import type { PanelServices } from './services.ts';

/** A page that doesn't read: its newest state replaces older ones, so skipping is harmless. */
const SKIP_BYTES = 256 * 1024;
/** By the PIN. The room's own screen is let in whoever else is there. */
const MAX_GUESTS = 16;
/** Sockets of nobody yet: a stranger who opens many makes room for the next. */
const MAX_STRANGERS = 32;
/** One that answers no ping for so many looks is let go: a phone that left the building would keep its place for a quarter of an hour. */
const MAX_UNANSWERED = 2;
const HELLO_MS = 5_000;
const STATE_EVERY_MS = 200;
/** A little under a tenth of a second, as the gate measures them: late timers still make ten a second. */
const LEVELS_EVERY_MS = 95;
const RECHECK_MS = 10_000;
const CLOSE = { notSignedIn: 4401, badMessage: 4400, full: 1013, goingAway: 1012 } as const;

const asHello = checker(EventsHello, 'bad_hello');
const asDrive = checker(EventsDrive, 'bad_message');

interface Page {
  readonly id: string;
  readonly socket: WebSocket;
  readonly token: string;
  readonly isGuest: boolean;
  lastState: string;
  unanswered: number;
}

/** `WS /api/events`: state at every change, sound levels ten times a second, and drive commands the other way. */
export class PanelEvents {
  readonly #services: PanelServices;
  readonly #log: Log;
  readonly #recheckOthers: () => void;
  readonly #pages = new Set<Page>();
  /** Not signed in yet, oldest first. */
  readonly #strangers = new Set<WebSocket>();

  /** @param recheckOthers looks whether those who have something else of the room open may still */
  constructor(services: PanelServices, log: Log, recheckOthers: () => void) {
    this.#services = services;
    this.#log = log;
    this.#recheckOthers = recheckOthers;
  }

  /** Needs @fastify/websocket on `http`. */
  route(http: Http): void {
    http.get('/api/events', { websocket: true, config: { access: 'guest' }, schema: { hide: true } }, (socket) => this.#welcome(socket));
  }

  /** Sends until the signal aborts, then says goodbye. */
  async run(signal: AbortSignal): Promise<void> {
    const timers = [
      setInterval(() => this.#sendStates(), STATE_EVERY_MS),
      setInterval(() => this.#sendLevels(), LEVELS_EVERY_MS),
      setInterval(() => this.#recheck(), RECHECK_MS),
    ];
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    for (const timer of timers) clearInterval(timer);
    for (const page of this.#pages) page.socket.close(CLOSE.goingAway, 'the box is restarting');
  }

  #welcome(socket: WebSocket): void {
    this.#strangers.add(socket);
    for (const oldest of this.#strangers) {
      if (this.#strangers.size <= MAX_STRANGERS) break;
      this.#strangers.delete(oldest);
      oldest.terminate();
    }
    const late = setTimeout(() => socket.close(CLOSE.notSignedIn, 'say hello first'), HELLO_MS);
    socket.on('error', (error) => this.#log.debug({ reason: reasonOf(error) }, 'a screen broke off'));
    socket.once('close', () => {
      clearTimeout(late);
      this.#strangers.delete(socket);
    });
    socket.once('message', (data) => {
      clearTimeout(late);
      this.#hello(socket, data);
    });
  }

  #hello(socket: WebSocket, data: RawData): void {
    if (socket.readyState !== socket.OPEN) return;
    const token = tokenOf(data);
    const principal = token === null ? null : this.#services.access.principalOf(token);
    if (token === null || principal === null) return socket.close(CLOSE.notSignedIn, 'not signed in');
    const isGuest = principal.kind === 'pin';
    if (isGuest && [...this.#pages].filter((other) => other.isGuest).length >= MAX_GUESTS) return socket.close(CLOSE.full, 'too many screens are open');
    const page: Page = { id: randomUUID(), socket, token, isGuest, lastState: '', unanswered: 0 };
    this.#strangers.delete(socket);
    this.#pages.add(page);
    socket.on('pong', () => (page.unanswered = 0));
    socket.once('close', () => {
      this.#pages.delete(page);
      this.#services.cameras.release(page.id);
    });
    socket.on('message', (message) => this.#command(page, message));
    socket.send(JSON.stringify({ type: 'welcome' } satisfies EventsMessage));
    this.#sendStates();
  }

  #command(page: Page, data: RawData): void {
    try {
      const { camera, pan, tilt, zoom } = asDrive(jsonOf(data));
      this.#services.cameras.drive(camera, { pan, tilt, zoom }, page.id);
    } catch (thrown) {
      // The page knows from the state that this camera stands still on air; a finger that was down already is no offence.
      if (codeOf(thrown) === 'camera_on_air') return;
      page.socket.close(CLOSE.badMessage, closeReason(reasonOf(thrown)));
    }
  }

  #sendStates(): void {
    if (this.#pages.size === 0) return;
    const state = this.#services.state();
    const compared = JSON.stringify({ ...state, at: '' });
    const message = JSON.stringify({ type: 'state', state } satisfies EventsMessage);
    for (const page of this.#pages) {
      if (page.lastState !== compared && give(page.socket, message)) page.lastState = compared;
    }
  }

  #sendLevels(): void {
    if (this.#pages.size === 0) return;
    const { sources, program, peaks, programPeak } = this.#services.levels();
    const message = JSON.stringify({
      type: 'levels', sources: allTenths(sources), program: tenths(program), peaks: allTenths(peaks), programPeak: tenths(programPeak),
    } satisfies EventsMessage);
    for (const { socket } of this.#pages) give(socket, message);
  }

  /** A PIN session ends after its hour although the page stays open, and a page that is gone is told by no one. */
  #recheck(): void {
    this.#recheckOthers();
    for (const page of this.#pages) {
      const { socket, token } = page;
      if (page.unanswered >= MAX_UNANSWERED) socket.terminate();
      else if (this.#services.access.principalOf(token) === null) socket.close(CLOSE.notSignedIn, 'the session ended');
      page.unanswered += 1;
      if (socket.readyState === socket.OPEN) socket.ping();
    }
  }
}

function give(socket: WebSocket, message: string): boolean {
  if (socket.readyState !== socket.OPEN || socket.bufferedAmount > SKIP_BYTES) return false;
  socket.send(message);
  return true;
}

function tokenOf(data: RawData): string | null {
  try {
    return asHello(jsonOf(data)).token;
  } catch {
    return null; // whatever it was, it was no hello
  }
}

function jsonOf(data: RawData): unknown {
  return JSON.parse(Buffer.isBuffer(data) ? data.toString('utf8') : '');
}

const tenths = (level: number): number => Math.round(level * 10) / 10;

function allTenths(levels: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(levels).map(([id, level]) => [id, tenths(level)]));
}
