import type { FromViewer, ToViewer } from '#edge-relay/contract/events.ts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ClassRoom } from './class-room.svelte.ts';

const LONGEST_RETRY_MS = 10_000;
const welcome: ToViewer = { type: 'welcome', name: 'Amy', live: true, viewers: 1, history: [] };

/** A browser's WebSocket, and the edge behind it: `reachable` and `answers` say what becomes of it. */
class Socket {
  static readonly OPEN = 1;
  static all: Socket[] = [];
  readyState = 0;
  answers = true;
  readonly heard: FromViewer[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor() {
    Socket.all.push(this);
  }
  open(): void {
    this.readyState = Socket.OPEN;
    this.onopen?.();
  }
  send(text: string): void {
    const message = JSON.parse(text) as FromViewer;
    this.heard.push(message);
    if (this.answers && message.type === 'ping') this.tell({ type: 'pong', at: message.at, edgeMs: message.at });
  }
  /** Half open, it says nothing of having been closed. */
  close(): void {
    this.readyState = 2;
  }
  tell(message: ToViewer): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  refuse(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

const newest = (): Socket => Socket.all.at(-1)!;
const dismissed = vi.fn();
let token: string;
let stop: AbortController;
let room: ClassRoom;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  vi.stubGlobal('WebSocket', Socket);
  Socket.all = [];
  dismissed.mockReset();
  token = 'first';
  stop = new AbortController();
  room = new ClassRoom({ access: () => ({ url: 'ws://edge', token }), dismissed });
});

afterEach(() => {
  stop.abort();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function letIn(): Socket {
  const socket = newest();
  socket.open();
  socket.tell(welcome);
  return socket;
}

it('stays with an edge that answers', async () => {
  void room.run(stop.signal);
  letIn();
  await vi.advanceTimersByTimeAsync(600_000);
  expect([room.connected, Socket.all.length]).toEqual([true, 1]);
});

it('leaves a connection on which nothing comes any more, and connects anew', async () => {
  void room.run(stop.signal);
  const dead = letIn();
  await vi.advanceTimersByTimeAsync(30_000);
  dead.answers = false;
  await vi.advanceTimersByTimeAsync(20_000);
  expect([room.connected, dead.readyState]).toEqual([false, 2]);
  await vi.advanceTimersByTimeAsync(LONGEST_RETRY_MS);
  letIn();
  dead.tell({ type: 'room', live: false, viewers: 9 });
  expect([room.connected, room.viewers, Socket.all.length]).toEqual([true, 1, 2]);
});

it.each([
  ['an attempt to connect', () => undefined],
  ['a hello', () => newest().open()],
])('does not wait for ever for an answer to %s', async (_, begin) => {
  void room.run(stop.signal);
  newest().answers = false;
  begin();
  await vi.advanceTimersByTimeAsync(15_000 + LONGEST_RETRY_MS);
  expect(Socket.all.length).toBe(2);
});

it('connects anew at once after sleep', async () => {
  void room.run(stop.signal);
  letIn();
  await vi.advanceTimersByTimeAsync(7_000);
  vi.setSystemTime(Date.now() + 1_200_000);
  await vi.advanceTimersByTimeAsync(5_000 + 3_000);
  expect(Socket.all.length).toBe(2);
});

it('ends at once where it is told to, whatever the network does', async () => {
  const running = room.run(stop.signal);
  letIn();
  stop.abort();
  await running;
  expect([room.connected, newest().readyState]).toEqual([false, 2]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(vi.getTimerCount()).toBe(0);
});

it('asks for the right anew when its token is refused, and goes on with the new one', async () => {
  dismissed.mockImplementation(() => (token = 'second'));
  void room.run(stop.signal);
  letIn().refuse(4401);
  await vi.advanceTimersByTimeAsync(LONGEST_RETRY_MS);
  newest().open();
  expect(newest().heard).toEqual([{ type: 'hello', token: 'second' }]);
  expect(dismissed).toHaveBeenCalledTimes(1);
});

it('does not ask again and again where a new token does not help, until it was let in', async () => {
  let asked = 1;
  dismissed.mockImplementation(() => (token = `token ${++asked}`));
  void room.run(stop.signal);
  for (let i = 0; i < 5; i++) {
    newest().refuse(4401);
    await vi.advanceTimersByTimeAsync(LONGEST_RETRY_MS);
  }
  expect([Socket.all.length, dismissed.mock.calls.length]).toEqual([6, 1]);
  letIn().refuse(4401);
  await vi.advanceTimersByTimeAsync(0);
  expect(dismissed).toHaveBeenCalledTimes(2);
});

it('does not ask where the token was renewed meanwhile', async () => {
  void room.run(stop.signal);
  token = 'second';
  newest().refuse(4401);
  await vi.advanceTimersByTimeAsync(LONGEST_RETRY_MS);
  expect([Socket.all.length, dismissed.mock.calls.length]).toEqual([2, 0]);
});

it.each([4403, 4410])('does not come back after %d by the same token', async (code) => {
  void room.run(stop.signal);
  letIn().refuse(code);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([Socket.all.length, dismissed.mock.calls.length]).toEqual([1, 1]);
});

it.each([4403, 4410])('comes back after %d where another right is granted: of two tickets one may have been taken back', async (code) => {
  void room.run(stop.signal);
  letIn().refuse(code);
  token = 'by the other ticket';
  await vi.advanceTimersByTimeAsync(LONGEST_RETRY_MS);
  newest().open();
  expect(newest().heard).toEqual([{ type: 'hello', token: 'by the other ticket' }]);
});
