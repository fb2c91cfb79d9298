import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Session } from './session.svelte.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('signs in although campus can not be reached for a moment right after it agreed', async () => {
  const who = { email: 'ann@school.test', role: 'admin', expiresAt: '2026-11-02T09:00:00Z' };
  let asked = 0;
  vi.stubGlobal('fetch', async (_url: string, { method }: { method: string }) => {
    if (method === 'POST') return new Response('{}', { status: 201 });
    if (asked++ === 0) throw new TypeError('network');
    return new Response(JSON.stringify(who));
  });
  const session = new Session();
  void session.signIn('ann@school.test', 'secret');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(session.state.kind).toBe('away');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(session.state).toEqual({ kind: 'in', who });
});
