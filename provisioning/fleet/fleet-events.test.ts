import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { pause } from '#kit/ui/time/pause.ts';
import { FleetEvents } from './fleet-events.ts';

// On the test's clock; the one of node:timers/promises can't be.
vi.mock(import('#kit/process/supervisor.ts'), async (original) => ({ ...(await original()), sleep: pause }));

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
  vi.useFakeTimers();
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
});

/** An open console, which writes down what it is sent. */
class Reader extends EventEmitter {
  readonly heard: string[] = [];
  readonly writableLength = 0;
  writeHead(): void {}
  ended = false;
  write(text: string): void {
    if (this.ended) throw new Error('write after end');
    this.heard.push(text);
  }
  /** The other side may take long to say that it is closed. */
  end(): void {
    this.ended = true;
  }
  get asResponse(): ServerResponse {
    return this as unknown as ServerResponse;
  }
}

it('ends the stream of who is signed out, and of nobody else', async () => {
  const events = new FleetEvents(() => ({ at: '', rooms: [] }));
  void events.run(stop.signal);
  const [gone, here] = [new Reader(), new Reader()];
  let signedIn = true;
  events.add(gone.asResponse, () => signedIn);
  events.add(here.asResponse, () => true);
  await vi.advanceTimersByTimeAsync(3_000);
  expect([gone.ended, here.ended]).toEqual([false, false]);
  signedIn = false;
  await vi.advanceTimersByTimeAsync(20_000);
  expect([gone.ended, here.ended, here.heard.length]).toEqual([true, false, 2]);
});

it('says now and then that it is still here, as an event that a page can hear', async () => {
  const events = new FleetEvents(() => ({ at: '', rooms: [] }));
  void events.run(stop.signal);
  const reader = new Reader();
  events.add(reader.asResponse, () => true);
  await vi.advanceTimersByTimeAsync(31_000);
  expect(reader.heard.slice(1)).toEqual(['event: still-here\ndata: {}\n\n', 'event: still-here\ndata: {}\n\n']);
});
