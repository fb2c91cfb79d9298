import { expect, it } from 'vitest';
import { nextPath, SILENT_MS, type PathState } from './path-watch.ts';

const NOW = 100_000;
const good: PathState = { kind: 'good', addresses: '10.0.0.2' };
const restarting: PathState = { kind: 'restarting', addresses: '10.0.0.2', sinceMs: NOW - 1_500 };
const seen = { nowMs: NOW, heardAtMs: NOW - 100, addresses: '10.0.0.2' };

it.each([
  ['is content while the far end is heard', good, seen, 'good', 'none'],
  ['restarts after silence', good, { ...seen, heardAtMs: NOW - SILENT_MS }, 'restarting', 'restart'],
  ['restarts on another network', good, { ...seen, addresses: '192.168.1.7' }, 'restarting', 'restart'],
  ['waits while there is no network at all', good, { ...seen, addresses: '' }, 'good', 'none'],
  ['is content when it is heard again', restarting, seen, 'good', 'none'],
  ['gives a restart two seconds', restarting, { ...seen, heardAtMs: NOW - 5_000 }, 'restarting', 'none'],
  ['and no more', restarting, { ...seen, nowMs: NOW + 501, heardAtMs: NOW - 5_000 }, 'restarting', 'give-up'],
] as const)('%s', (_what, state, facts, kind, action) => {
  const step = nextPath(state, facts);
  expect([step.state.kind, step.action]).toEqual([kind, action]);
});
