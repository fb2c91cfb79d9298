import type { State } from '#appliance/contract/state.ts';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Page, Route, WebSocketRoute } from 'playwright-core';

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
const LEVELS_EVERY_MS = 100;

/** A box as a browser meets it, at `http://box.test`: it serves the built page, tells its state, and notes what it is asked. */
export class BoxForTests {
  state: State;
  /** Out of reach: nothing is answered, and nothing comes any more. */
  away = false;
  /** What became of the page's file on its way. */
  page = (html: string): string => html;
  /** How long a picture of a source takes. */
  snapshotMs = 0;
  /** What it says no to. */
  readonly refuses = new Set<string>();
  readonly asked: string[] = [];
  readonly driven: { readonly pan: number; readonly tilt: number; readonly zoom: number }[] = [];
  /** How often the box has spoken: a measure of time that does not depend on the machine. */
  spoken = 0;
  readonly #dist: string;
  #socket: WebSocketRoute | null = null;

  constructor(dist: string, state: State) {
    this.#dist = dist;
    this.state = state;
  }

  async open(page: Page): Promise<void> {
    await page.route('http://box.test/**', (route) => this.#answer(route));
    await page.routeWebSocket('ws://box.test/api/events', (socket) => {
      socket.onMessage((text) => this.#heard(socket, String(text)));
    });
    const speaking = setInterval(() => this.#speak(), LEVELS_EVERY_MS);
    page.once('close', () => clearInterval(speaking));
    await page.goto('http://box.test/#pair=paired');
  }

  /** As when it is switched off and on. */
  async restart(): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    await socket?.close({ code: 1012, reason: 'the box is restarting' });
  }

  #heard(socket: WebSocketRoute, text: string): void {
    const message = JSON.parse(text) as { type: string; pan: number; tilt: number; zoom: number };
    if (this.away) return;
    if (message.type === 'drive') this.driven.push({ pan: message.pan, tilt: message.tilt, zoom: message.zoom });
    if (message.type !== 'hello') return;
    socket.send(JSON.stringify({ type: 'welcome' }));
    this.#socket = socket;
  }

  #speak(): void {
    if (this.away || this.#socket === null) return;
    this.#socket.send(JSON.stringify({ type: 'levels', sources: {}, program: -30, peaks: {}, programPeak: -20 }));
    this.#socket.send(JSON.stringify({ type: 'state', state: this.#now() }));
    this.spoken += 1;
  }

  #now(): State {
    return { ...this.state, at: new Date().toISOString() };
  }

  async #answer(route: Route): Promise<void> {
    const path = new URL(route.request().url()).pathname;
    if (this.away) return route.abort('connectionrefused');
    if (route.request().method() !== 'GET') this.asked.push(path);
    if (path.endsWith('/snapshot')) {
      await setTimeout(this.snapshotMs);
      return route.fulfill({ body: 'A picture.', contentType: 'image/jpeg' }).catch(() => undefined);
    }
    if (this.refuses.has(path)) return route.fulfill({ status: 409, json: { error: { code: 'refused', message: 'Not now.' } } });
    if (path.startsWith('/api/')) return route.fulfill({ json: path === '/api/settings' ? { language: 'en' } : this.#now() });
    if (path.startsWith('/preview/')) return route.fulfill({ status: 503, json: { error: { code: 'no_picture', message: 'No picture.' } } });
    const file = await readFile(join(this.#dist, path === '/' ? 'index.html' : path), 'utf8');
    return route.fulfill({ body: path === '/' ? this.page(file) : file, contentType: TYPES[extname(path)] ?? 'text/html' });
  }
}
