import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Http } from '#kit/process/http.ts';
import { createLog } from '#kit/process/log.ts';
import { PanelEvents } from './events.ts';
import type { PanelServices } from './services.ts';

const log = createLog('test');
log.level = 'silent';
/** A page at the other end, which answers pings while it is there. */
class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  isThere = true;
  code = 0;
  reason = '';
  send(): void {}
  ping(): void {
    if (this.isThere) this.emit('pong');
  }
  close(code: number, reason = ''): void {
    this.code = code;
    this.reason = reason;
    this.readyState = 2;
    if (this.isThere) this.terminate();
  }
  terminate(): void {
    this.readyState = 3;
    this.emit('close');
  }
}

/** As the desk does: it names what it does not know. */
function drive(camera: string): never {
  throw new Error(`There is no camera "${camera}".`);
}

let stop = new AbortController();
let rechecked = 0;
let opened: (token?: string) => FakeSocket;
beforeEach(() => {
  vi.useFakeTimers();
  stop = new AbortController();
  let welcome: (socket: FakeSocket) => void = () => undefined;
  const principals: Record<string, unknown> = { screen: { kind: 'panel' }, phone: { kind: 'pin' } };
  const services = {
    access: { principalOf: (token: string) => principals[token] ?? null }, cameras: { release: () => undefined, drive }, state: () => ({}),
    levels: () => ({ sources: {}, program: 0, peaks: {}, programPeak: 0 }),
  } as unknown as PanelServices;
  rechecked = 0;
  const events = new PanelEvents(services, log, () => (rechecked += 1));
  events.route({ get: (_path: string, _options: object, handler: typeof welcome) => (welcome = handler) } as unknown as Http);
  void events.run(stop.signal);
  opened = (token) => {
    const socket = new FakeSocket();
    welcome(socket);
    if (token !== undefined) socket.emit('message', Buffer.from(JSON.stringify({ type: 'hello', token })));
    return socket;
  };
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
});

it('lets the room’s own screen in, whoever else is there', () => {
  const strangers = Array.from({ length: 100 }, () => opened());
  for (let bad = 0; bad < 100; bad += 1) {
    const socket = opened();
    socket.isThere = false;
    socket.emit('message', Buffer.from('{}'));
  }
  const phones = Array.from({ length: 17 }, () => opened('phone'));
  const screen = opened('screen');
  expect([screen.readyState, phones[15]?.readyState, phones[16]?.code]).toEqual([1, 1, 1013]);
  expect(strangers.every(({ readyState }) => readyState === 3)).toBe(true);
});

it('gives the place of a page that is gone to the next', () => {
  const phones = Array.from({ length: 16 }, () => opened('phone'));
  for (const phone of phones.slice(0, 8)) phone.isThere = false;
  vi.advanceTimersByTime(60_000);
  expect(rechecked).toBe(6);
  expect(phones.map(({ readyState }) => readyState)).toEqual([...Array<number>(8).fill(3), ...Array<number>(8).fill(1)]);
  expect(opened('phone').readyState).toBe(1);
});

it('says no more with a close than a close can hold, whatever a page calls its camera', () => {
  const screen = opened('screen');
  screen.emit('message', Buffer.from(JSON.stringify({ type: 'drive', camera: '课'.repeat(60), pan: 0, tilt: 0, zoom: 0 })));
  expect([screen.code, Buffer.byteLength(screen.reason) <= 123]).toEqual([4400, true]);
  expect(screen.reason).toContain('课课课');
});
