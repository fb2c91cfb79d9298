import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FleetFeed } from './fleet.svelte.ts';

/** The browser's own, of which only what the page uses is here. */
class Source {
  static readonly all: Source[] = [];
  onmessage: (event: { data: string }) => void = () => undefined;
  onerror: () => void = () => undefined;
  readonly #named = new Map<string, () => void>();
  closed = false;
  constructor() {
    Source.all.push(this);
  }
  addEventListener(name: string, listener: () => void): void {
    this.#named.set(name, listener);
  }
  stillHere(): void {
    this.#named.get('still-here')?.();
  }
  close(): void {
    this.closed = true;
  }
}

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
  Source.all.length = 0;
  vi.useFakeTimers();
  vi.stubGlobal('EventSource', Source);
  vi.stubGlobal('fetch', async () => new Response('{}'));
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('says that the connection is lost where nothing comes any more, and connects anew', async () => {
  const feed = new FleetFeed(() => undefined);
  void feed.run(stop.signal);
  const [first] = Source.all;
  first?.onmessage({ data: JSON.stringify({ type: 'fleet', fleet: { at: '', rooms: [] } }) });
  for (let quarters = 0; quarters < 8; quarters++) {
    await vi.advanceTimersByTimeAsync(15_000);
    first?.stillHere();
  }
  expect([feed.connected, first?.closed]).toEqual([true, false]);
  // The network is gone without a word, as where a laptop slept or a router forgot the connection.
  await vi.advanceTimersByTimeAsync(40_000);
  expect([feed.connected, first?.closed]).toEqual([false, true]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(Source.all).toHaveLength(2);
});
