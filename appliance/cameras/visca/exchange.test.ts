import { expect, it } from 'vitest';
import { heard, QUIET, submit, ticked, type Exchange, type Item, type Output, type Turn } from './exchange.ts';
import type { Reply } from './reply.ts';

const item = (key: string, text: string, more: Partial<Item> = {}): Item => ({ key, bytes: Buffer.from(text), kind: 'command', untilConfirmed: false, ...more });
const ACK: Reply = { type: 'ack' };

/** Plays events against the exchange and keeps what came out, as words. */
class Play {
  exchange: Exchange = QUIET;
  said: string[] = [];
  submit(what: Item, atMs: number): this {
    return this.#take(submit(this.exchange, what, atMs));
  }
  hear(reply: Reply, atMs: number): this {
    return this.#take(heard(this.exchange, reply, atMs));
  }
  tick(atMs: number): this {
    return this.#take(ticked(this.exchange, atMs));
  }
  #take(turn: Turn): this {
    this.exchange = turn.exchange;
    this.said.push(...turn.outputs.map(wordOf));
    return this;
  }
}
const wordOf = (output: Output): string => {
  if (output.type === 'send') return output.bytes.toString();
  return output.type === 'answer' ? `answer ${output.item.key}` : `${output.item.key} ${output.outcome}`;
};

it('sends one packet at a time, and of those that wait only the newest of its kind', () => {
  const play = new Play();
  play.submit(item('drive', 'd1'), 0).submit(item('drive', 'd2'), 5).submit(item('drive', 'd3'), 10);
  expect(play.said).toEqual(['d1']);
  expect(play.hear(ACK, 50).said).toEqual(['d1', 'drive done', 'd3']);
});

it('sends stops before commands before inquiries', () => {
  const play = new Play();
  play.submit(item('x', 'first'), 0);
  play.submit(item('where', 'inquiry', { kind: 'inquiry' }), 1).submit(item('home', 'home'), 2).submit(item('pan', 'stop', { untilConfirmed: true }), 3);
  play.hear(ACK, 100).hear(ACK, 200).hear(ACK, 300);
  expect(play.said.filter((word) => !word.includes(' '))).toEqual(['first', 'stop', 'home', 'inquiry']);
});

it('repeats a stop until the camera confirms it, whatever it says in between', () => {
  const play = new Play().submit(item('pan', 'stop', { untilConfirmed: true }), 0);
  for (let at = 40; at <= 4_000; at += 40) play.tick(at);
  expect(play.said.length).toBeGreaterThan(10);
  expect(new Set(play.said)).toEqual(new Set(['stop']));
  play.hear({ type: 'error', reason: 'not-executable' }, 4_001);
  for (let at = 4_040; at <= 4_200; at += 40) play.tick(at);
  expect(play.hear(ACK, 4_240).said.at(-1)).toBe('pan done');
});

it('lets a new drive replace a stop that was not confirmed', () => {
  const play = new Play().submit(item('pan', 'stop', { untilConfirmed: true }), 0).submit(item('pan', 'drive'), 100);
  for (let at = 140; at <= 400; at += 40) play.tick(at);
  expect(play.said).toEqual(['stop', 'pan silent', 'drive']);
});

it('lets no packet that is never answered keep a stop from the camera', () => {
  const play = new Play().submit(item('clear', 'clear'), 0).submit(item('pan', 'stop 1', { untilConfirmed: true }), 1).submit(item('zoom', 'stop 2', { untilConfirmed: true }), 2);
  for (let at = 40; at <= 1_000; at += 40) play.tick(at);
  expect(play.said).toEqual(['clear', 'stop 1', 'stop 2', 'stop 1']);
});

it('gives up other commands after three tries', () => {
  const play = new Play().submit(item('home', 'home'), 0);
  for (let at = 40; at <= 2_000; at += 40) play.tick(at);
  expect(play.said).toEqual(['home', 'home', 'home', 'home silent']);
});

it('tries again where the camera’s buffer is full, and reports other refusals', () => {
  const play = new Play().submit(item('home', 'home'), 0).hear({ type: 'error', reason: 'buffer-full' }, 10);
  for (let at = 40; at <= 160; at += 40) play.tick(at);
  expect(play.said).toEqual(['home', 'home']);
  expect(play.hear({ type: 'error', reason: 'not-executable' }, 170).said.at(-1)).toBe('home not-executable');
});

it('hands an answer to its inquiry although completions come in between', () => {
  const play = new Play().submit(item('where', 'where', { kind: 'inquiry' }), 0);
  play.hear({ type: 'completion' }, 10).hear({ type: 'answer', data: Buffer.alloc(8) }, 20);
  expect(play.said).toEqual(['where', 'answer where']);
});

it('takes a completion without ACK, and ignores replies to nothing', () => {
  const play = new Play().submit(item('home', 'home'), 0).hear({ type: 'completion' }, 10).hear(ACK, 20);
  expect(play.said).toEqual(['home', 'home done']);
});
