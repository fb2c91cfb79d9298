import { expect, it } from 'vitest';
import { shortEdgeFaults } from './edge.ts';
import { soakWith } from './edge-soak.ts';

it('everybody who may watch plays again after each fault, and nobody else; a stranger is sent no more than came from it', { timeout: 600_000 }, async () => {
  const seed = Date.now() % 1_000_000;
  const said: string[] = [];
  const failures = await shortEdgeFaults({ seed, say: (words) => said.push(words) });
  expect(failures, `seed ${seed}\n${said.join('\n')}`).toEqual([]);
});

it('students who come and go all see the class, and the edge says what it holds', { timeout: 300_000 }, async () => {
  const said: string[] = [];
  const stays = { leastMs: 2_000, spreadMs: 4_000 };
  const failures = await soakWith({ count: 0.4, seed: 1, say: (words) => said.push(words) }, { whep: 4, hls: 2, flv: 2, events: 2 }, { everyMs: 3_000, warmUpMs: Infinity, stays });
  expect(failures, said.join('\n')).toEqual([]);
  expect(said.join('\n')).toMatch(/MB reachable/);
});
