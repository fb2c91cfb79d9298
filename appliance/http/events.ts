import { checker } from '#kit/process/check.ts';
import type { Http } from '#kit/process/http.ts';
import { codeOf, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { randomUUID } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import { EventsDrive, EventsHello, type EventsMessage } from '../contract/api.ts';
import type { PanelServices } from './services.ts';

/** A page that doesn't read: its newest state replaces older ones, so skipping is harmless; far behind it is let go. */
const SKIP_BYTES = 256 * 1024;
const DROP_BYTES = 1024 * 1024;
const MAX_PAGES = 16;
const HELLO_MS = 5_000;
const STATE_EVERY_MS = 200;
const LEVELS_EVERY_MS = 100;
const RECHECK_MS = 10_000;
const CLOSE = { notSignedIn: 4401, badMessage: 4400, full: 1013, goingAway: 1012 } as const;

const asHello = checker(EventsHello, 'bad_hello');
const asDrive = checker(EventsDrive, 'bad_message');

interface Page {
  readonly id: string;
  readonly socket: WebSocket;
  readonly token: string;
  lastState: string;
}

/** `WS /api/events`: state at every change, sound levels ten times a second, and drive commands the other way. */
export class PanelEvents {
  readonly #services: PanelServices;
  readonly #log: Log;
  readonly #pages = new Set<Page>();
  #open = 0;

  constructor(services: PanelServices, log: Log) {
    this.#services = services;
    this.#log = log;
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
    if (this.#open >= MAX_PAGES) return socket.close(CLOSE.full, 'too many screens are open');
    this.#open += 1;
    const late = setTimeout(() => socket.close(CLOSE.notSignedIn, 'say hello first'), HELLO_MS);
    socket.on('error', (error) => this.#log.debug({ reason: reasonOf(error) }, 'a screen broke off'));
    socket.once('close', () => {
      clearTimeout(late);
      this.#open -= 1;
    });
    socket.once('message', (data) => {
      clearTimeout(late);
      this.#hello(socket, data);
    });
  }

  #hello(socket: WebSocket, data: RawData): void {
    const token = tokenOf(data);
    if (token === null || this.#services.access.principalOf(token) === null) return socket.close(CLOSE.notSignedIn, 'not signed in');
    const page: Page = { id: randomUUID(), socket, token, lastState: '' };
    this.#pages.add(page);
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
      page.socket.close(CLOSE.badMessage, reasonOf(thrown).slice(0, 120));
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

  /** A PIN session ends after its hour although the page stays open. */
  #recheck(): void {
    for (const { socket, token } of this.#pages) {
      if (this.#services.access.principalOf(token) === null) socket.close(CLOSE.notSignedIn, 'the session ended');
    }
  }
}

function give(socket: WebSocket, message: string): boolean {
  if (socket.bufferedAmount > DROP_BYTES) socket.terminate();
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
