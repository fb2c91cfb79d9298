import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EdgeKey } from './edge-key.ts';

let answers: ((ok: boolean) => void)[];
let nowMs: number;
let key: EdgeKey;

beforeEach(() => {
  [answers, nowMs] = [[], 10_000];
  key = new EdgeKey('http://edge.test', () => nowMs);
  vi.stubGlobal('fetch', () => new Promise((resolve, reject) => {
    answers.push((ok) => (ok ? resolve(Response.json({ publicKeyPem: 'pem' })) : reject(new TypeError('fetch failed'))));
  }));
});
afterEach(() => vi.unstubAllGlobals());

const verified = (): Promise<string> => key.with((pem) => pem);
const unreachable = { code: 'edge_unreachable', status: 503 };

it('asks the edge once for all who come before its key is known', async () => {
  const waiting = [verified(), verified(), verified()];
  expect(answers).toHaveLength(1);
  answers[0]?.(true);
  expect(await Promise.all(waiting)).toEqual(['pem', 'pem', 'pem']);
  expect([await verified(), answers.length]).toEqual(['pem', 1]);
});

it('asks an edge that is away once a second, however many come, and goes on when it is back', async () => {
  const first = verified();
  answers[0]?.(false);
  await expect(first).rejects.toMatchObject(unreachable);
  for (let token = 0; token < 3; token++) await expect(verified()).rejects.toMatchObject(unreachable);
  expect(answers).toHaveLength(1);
  nowMs += 1_000;
  const again = verified();
  answers[1]?.(true);
  expect(await again).toBe('pem');
});
