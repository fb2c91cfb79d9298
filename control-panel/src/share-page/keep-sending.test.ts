import { ApiError } from '#kit/ui/client/api-client.ts';
import { describe, expect, it } from 'vitest';
import { keepSending } from './keep-sending.ts';
import type { SentScreen } from './send-screen.ts';

const unreachable = new ApiError('unreachable', 'The box does not answer.', 0);

/** Connections in turn: refused, or up until it is lost after so many ms. Time passes only in pauses and connections. */
async function told(connections: readonly ('refused' | 'never' | number)[]): Promise<{ said: string[]; dropped: number; ms: number }> {
  const stop = new AbortController();
  const on = { ms: 0, dropped: 0, tried: 0 };
  const said: string[] = [];
  const connect = async (): Promise<SentScreen> => {
    const next = connections[Math.min(on.tried++, connections.length - 1)] ?? 'refused';
    if (next === 'refused') throw unreachable;
    const connected = next === 'never' ? Promise.reject(unreachable) : Promise.resolve();
    const lost = new Promise<string>((resolve) => setTimeout(() => {
      on.ms += Number(next);
      if (on.tried >= connections.length) stop.abort();
      resolve('lost');
    }));
    return { connected, lost, drop: () => void (on.dropped += 1) };
  };
  const pause = async (ms: number): Promise<void> => void (on.ms += ms);
  await keepSending({ connect, tell: (what) => said.push(what), nowMs: () => on.ms, pause }, stop.signal);
  return { said, dropped: on.dropped, ms: on.ms };
}

describe('a laptop that keeps sending', () => {
  it('comes back by itself, and lets go of each connection that is over', async () => {
    const { said, dropped } = await told([300_000, 'refused', 'never', 5_000]);
    expect(said).toEqual(['connected', 'lost', 'lost', 'lost', 'connected']);
    expect(dropped).toBe(2);
  });

  it('gives up after two minutes without a connection, however long one lasted before', async () => {
    const { said, ms } = await told([600_000, 'refused', 'refused', ...Array.from({ length: 200 }, () => 'refused' as const)]);
    expect(said.at(-1)).toBe('gave-up');
    expect(ms - 600_000).toBe(120_000);
  });
});
