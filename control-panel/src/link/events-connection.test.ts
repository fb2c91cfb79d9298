import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { followEvents } from './events-connection.ts';

class Socket extends EventTarget {
  static readonly OPEN = 1;
  static made: Socket;
  readonly readyState = Socket.OPEN;
  readonly bufferedAmount = 0;
  send = vi.fn();
  close = vi.fn();
  constructor() {
    super();
    Socket.made = this;
  }
  says(message: object): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data: JSON.stringify(message) }));
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', Socket);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const follow = (signal = new AbortController().signal) => {
  const told = { heard: [] as string[], canSend: false };
  const ended = followEvents({
    url: 'ws://box/api/events', token: 't', signal,
    onMessage: ({ type }) => told.heard.push(type),
    onSender: (send) => (told.canSend = send !== null),
  });
  return { told, ended, socket: Socket.made };
};

it('is over when the box, which speaks ten times a second, has said nothing for four seconds', async () => {
  const { told, ended, socket } = follow();
  socket.says({ type: 'welcome' });
  for (let at = 0; at < 60; at++) {
    await vi.advanceTimersByTimeAsync(100);
    socket.says({ type: 'levels' });
  }
  expect(told.canSend).toBe(true);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(await ended).toBe('dropped');
  expect([told.canSend, socket.close.mock.calls.length]).toEqual([false, 1]);
});

it.each([
  [4401, 'refused'],
  [1012, 'dropped'],
])('closed with %d it is %s', async (code, how) => {
  const { ended, socket } = follow();
  socket.dispatchEvent(Object.assign(new Event('close'), { code }));
  expect(await ended).toBe(how);
});

it('is not begun for somebody who is gone already', async () => {
  expect(await follow(AbortSignal.abort()).ended).toBe('dropped');
});
