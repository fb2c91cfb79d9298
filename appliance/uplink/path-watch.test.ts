import { manualClock } from '#kit/media/clock.ts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { nextPath, PathWatch, SILENT_MS, type PathState } from './path-watch.ts';

const NOW = 100_000;
const good: PathState = { kind: 'good', addresses: '10.0.0.2' };
const restarting: PathState = { kind: 'restarting', addresses: '10.0.0.2', sinceMs: NOW - 1_500 };
const seen = { nowMs: NOW, silentMs: 100, addresses: '10.0.0.2' };

it.each([
  ['is content while the far end is heard', good, seen, 'good', 'none'],
  ['restarts after silence', good, { ...seen, silentMs: SILENT_MS }, 'restarting', 'restart'],
  ['restarts on another network', good, { ...seen, addresses: '192.168.1.7' }, 'restarting', 'restart'],
  ['waits while there is no network at all', good, { ...seen, addresses: '' }, 'good', 'none'],
  ['is content when it is heard again', restarting, seen, 'good', 'none'],
  ['gives a restart two seconds', restarting, { ...seen, silentMs: 5_000 }, 'restarting', 'none'],
  ['and no more', restarting, { ...seen, nowMs: NOW + 501, silentMs: 5_501 }, 'restarting', 'give-up'],
] as const)('%s', (_what, state, facts, kind, action) => {
  const step = nextPath(state, facts);
  expect([step.state.kind, step.action]).toEqual([kind, action]);
});

describe('the watch of a path', () => {
  afterEach(() => void vi.useRealTimers());

  interface Line {
    /** The peer's clock is so far ahead of this side's. */
    readonly aheadMs: number;
    readonly heardForMs: number;
    /** When the machine has another address. */
    readonly movedAtMs?: number;
    readonly restarted?: () => Promise<void>;
  }

  /** What it does within 20 s. */
  async function watched({ aheadMs, heardForMs, movedAtMs = Infinity, restarted = () => Promise.resolve() }: Line): Promise<{ readonly restarts: number; readonly lost: string[] }> {
    vi.useFakeTimers();
    const clock = manualClock(NOW);
    const peer = { heardAtMs: NOW + aheadMs };
    const restart = vi.fn(restarted);
    const lost: string[] = [];
    const addresses = (): string => (clock.nowMs() - NOW < movedAtMs ? '10.0.0.2' : '10.0.0.3');
    const watch = new PathWatch({ peer, clock, addresses, restart, onLost: (reason) => void lost.push(reason) });
    for (let passedMs = 0; passedMs < 20_000 && lost.length === 0; passedMs += 50) {
      clock.advanceMs(50);
      if (passedMs < heardForMs) peer.heardAtMs += 50;
      await vi.advanceTimersByTimeAsync(50);
    }
    watch.close();
    return { restarts: restart.mock.calls.length, lost };
  }

  it.each([0, -3_600_000, 3_600_000])("asks how long nothing was heard, whatever the peer's clock says (%i ms ahead)", async (aheadMs) => {
    expect(await watched({ aheadMs, heardForMs: 20_000 })).toEqual({ restarts: 0, lost: [] });
    expect(await watched({ aheadMs, heardForMs: 5_000 })).toEqual({ restarts: 1, lost: ['the network between this box and the edge is down.'] });
  });

  const refused = (): Promise<void> => Promise.reject(new Error('the edge did not answer'));

  it('keeps a connection that is still heard, though nobody took its restart', async () => {
    expect(await watched({ aheadMs: 0, heardForMs: 20_000, movedAtMs: 5_000, restarted: refused })).toEqual({ restarts: 1, lost: [] });
  });

  it('is over with one that is silent as soon as its restart is refused', async () => {
    expect(await watched({ aheadMs: 0, heardForMs: 5_000, restarted: refused })).toEqual({ restarts: 1, lost: ['the connection to the edge was lost (the edge did not answer).'] });
  });
});
