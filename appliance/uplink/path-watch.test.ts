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

  /** What it does within 20 s while a peer is heard for so long, by a clock that is so far ahead of this side's. */
  function watched(aheadMs: number, heardForMs: number): { readonly restarts: number; readonly lost: number } {
    vi.useFakeTimers();
    const clock = manualClock(NOW);
    const peer = { heardAtMs: NOW + aheadMs };
    const [restart, onLost] = [vi.fn(() => Promise.resolve()), vi.fn()];
    const watch = new PathWatch({ peer, clock, addresses: () => '10.0.0.2', restart, onLost });
    for (let passedMs = 0; passedMs < 20_000; passedMs += 50) {
      clock.advanceMs(50);
      if (passedMs < heardForMs) peer.heardAtMs += 50;
      vi.advanceTimersByTime(50);
      if (onLost.mock.calls.length > 0) break;
    }
    watch.close();
    return { restarts: restart.mock.calls.length, lost: onLost.mock.calls.length };
  }

  it.each([0, -3_600_000, 3_600_000])("asks how long nothing was heard, whatever the peer's clock says (%i ms ahead)", (aheadMs) => {
    expect(watched(aheadMs, 20_000)).toEqual({ restarts: 0, lost: 0 });
    expect(watched(aheadMs, 5_000)).toEqual({ restarts: 1, lost: 1 });
  });
});
