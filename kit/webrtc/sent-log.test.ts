import { expect, test } from 'vitest';
import { SentLog } from './sent-log.ts';

function told(follow: ReturnType<SentLog['follow']>): number[][] {
  const bursts: number[][] = [];
  follow((packets, bytes, atMs) => bursts.push([packets, bytes, atMs]));
  return bursts;
}

test('each who follows is told once what came after it began, with its time', () => {
  const log = new SentLog();
  log.add(9, 900, 1);
  const first = log.follow();
  log.add(2, 200, 40);
  const second = log.follow();
  log.add(3, 300, 80);
  expect([told(first), told(second), told(first)]).toEqual([[[2, 200, 40], [3, 300, 80]], [[3, 300, 80]], []]);
});

test.each([
  [64, 64, [1, 100, 0]],
  [65, 64, [2, 200, 1]],
  [1_000, 64, [937, 93_700, 936]],
])('of %i bursts the newest %i are told apart, the older come with the oldest of them', (sent, apart, oldest) => {
  const log = new SentLog();
  const follow = log.follow();
  for (let at = 0; at < sent; at += 1) log.add(1, 100, at);
  const bursts = told(follow);
  expect([bursts.length, bursts[0], bursts.at(-1)]).toEqual([apart, oldest, [1, 100, sent - 1]]);
});
