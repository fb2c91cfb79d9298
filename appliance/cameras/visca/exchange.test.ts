import { expect, it } from 'vitest';
import { dueAtMs, heard, type Item, numberRefused, type Output, quiet, submit, ticked, type Turn } from './exchange.ts';
import type { Reply } from './reply.ts';

const item = (key: string, text: string, more: Partial<Item> = {}): Item => ({ key, bytes: Buffer.from(text), kind: 'command', motors: [], insist: 'few-times', ...more });
const stop = (key: string, text: string, ...motors: Item['motors'][number][]): Item => item(key, text, { insist: 'until-confirmed', motors });
const inquiry = (key: string, text: string, ...lengths: number[]): Item => item(key, text, { kind: 'inquiry', lengths });
const ack = (socket = 1): Reply => ({ type: 'ack', socket });
const completion = (socket = 1): Reply => ({ type: 'completion', socket });
const error = (reason: Extract<Reply, { type: 'error' }>['reason'], socket = 0): Reply => ({ type: 'error', socket, reason });

/** Plays events against the exchange and keeps what came out, as words; every sent packet as its bytes' text. */
class Play {
  exchange;
  said: string[] = [];
  numbers: number[] = [];
  constructor(numbered = false) {
    this.exchange = quiet(numbered);
  }
  submit(what: Item, atMs: number): this {
    return this.#take(submit(this.exchange, what, atMs));
  }
  hear(reply: Reply, atMs: number, number: number | null = null): this {
    return this.#take(heard(this.exchange, reply, number, atMs));
  }
  refuse(number: number, atMs: number): this {
    return this.#take(numberRefused(this.exchange, number, atMs));
  }
  /** Lets time pass as the one timer does. */
  until(atMs: number): this {
    for (let turns = 0; dueAtMs(this.exchange) <= atMs && turns < 1_000; turns++) this.#take(ticked(this.exchange, dueAtMs(this.exchange)));
    return this;
  }
  #take(turn: Turn): this {
    this.exchange = turn.exchange;
    this.said.push(...turn.outputs.map(wordOf));
    this.numbers.push(...turn.outputs.flatMap((output) => (output.type === 'send' ? [output.number] : [])));
    return this;
  }
}
const wordOf = (output: Output): string => {
  switch (output.type) {
    case 'send':
      return /^[a-z0-9]/.test(output.bytes.toString('latin1')) ? output.bytes.toString() : output.bytes.toString('hex');
    case 'reset-numbers':
      return 'reset!';
    case 'answer':
      return `answer ${output.item.key}`;
    case 'finished':
      return `${output.item.key} finished`;
    case 'settled':
      return `${output.item.key} ${output.outcome}`;
  }
};

it('sends one command a video frame, and of those that wait only the newest of its motors', () => {
  const drive = (text: string): Item => item('drive', text, { motors: ['pan-tilt'] });
  const play = new Play().submit(drive('d1'), 0).submit(drive('d2'), 5).submit(drive('d3'), 10);
  expect(play.said).toEqual(['d1']);
  expect(play.hear(ack(), 12).until(32).said).toEqual(['d1', 'drive done']);
  expect(play.until(33).said).toEqual(['d1', 'drive done', 'd3']);
});

it('lets two motors that are both driven anew all the time take turns, however late the camera answers', () => {
  const play = new Play();
  for (let at = 0; at < 2_000; at += 40) {
    play.submit(item('drive', 'pan', { motors: ['pan-tilt'] }), at).submit(item('zoom', 'zoom', { motors: ['zoom'] }), at + 1);
    play.until(at + 39);
    if (at % 80 === 40) play.hear(ack(), at + 39);
  }
  const sent = (what: string): number => play.said.filter((word) => word === what).length;
  expect(Math.abs(sent('pan') - sent('zoom'))).toBeLessThanOrEqual(1);
  expect(sent('zoom')).toBeGreaterThan(8);
});

it('leaves no queue behind a drag of five seconds', () => {
  const play = new Play();
  for (let at = 0; at < 5_000; at += 16) {
    play.submit(item('drive', `d${at}`, { motors: ['pan-tilt'] }), at).submit(inquiry('where', 'where', 8), at).until(at + 8);
    play.hear({ type: 'answer', data: Buffer.alloc(8) }, at + 9).hear(ack(), at + 10).hear(completion(), at + 11).until(at + 15);
  }
  expect(play.exchange.queue.length).toBeLessThanOrEqual(2);
  expect(play.said.filter((word) => word.startsWith('d') && !word.includes(' ')).length).toBeLessThanOrEqual(5_000 / 33 + 1);
  expect(play.said.filter((word) => word === 'answer where').length).toBeGreaterThan(20);
});

it('sends stops before commands before inquiries, and a stop forgets what would move again', () => {
  const play = new Play().submit(item('x', 'first'), 0);
  play.submit(inquiry('where', 'inquiry', 8), 1).submit(item('light', 'light'), 2).submit(item('home', 'home', { motors: ['pan-tilt'] }), 3);
  play.submit(stop('drive', 'stop', 'pan-tilt'), 4);
  for (const at of [100, 200, 300]) play.hear(ack(), at).until(at + 50);
  expect(play.said.filter((word) => !word.includes(' '))).toEqual(['first', 'stop', 'light', 'inquiry']);
  expect(play.said).toContain('home superseded');
});

it('lets a command overtake an answer that is late, and asks between two commands', () => {
  const play = new Play().submit(inquiry('where', 'where', 8), 0).submit(item('a', 'a'), 1);
  expect(play.until(14).said).toEqual(['where']);
  expect(play.until(15).said).toEqual(['where', 'a']);
  play.hear({ type: 'answer', data: Buffer.alloc(8) }, 16).submit(item('b', 'b'), 17).submit(inquiry('zoom', 'zoom', 4), 18).hear(ack(), 20);
  expect(play.said.slice(2)).toEqual(['answer where', 'a done', 'zoom']);
});

it('repeats a stop until the camera confirms it, whatever it says in between', () => {
  const play = new Play().submit(stop('drive', 'stop', 'pan-tilt'), 0).until(4_000);
  expect(play.said.length).toBeGreaterThan(10);
  expect(new Set(play.said)).toEqual(new Set(['stop']));
  play.hear(error('not-executable', 1), 4_001).until(4_200);
  expect(play.hear(ack(), 4_240).said.at(-1)).toBe('drive done');
});

it('lets a new drive replace a stop that was not confirmed', () => {
  const play = new Play().submit(stop('drive', 'stop', 'pan-tilt'), 0).submit(item('drive', 'go', { motors: ['pan-tilt'] }), 100).until(400);
  expect(play.said).toEqual(['stop', 'drive superseded', 'go']);
});

it('lets no packet that is never answered keep a stop from the camera', () => {
  const play = new Play().submit(item('clear', 'clear'), 0).submit(stop('drive', 'stop 1', 'pan-tilt'), 1).submit(stop('zoom', 'stop 2', 'zoom'), 2);
  expect(play.until(1_000).said).toEqual(['clear', 'stop 1', 'stop 2', 'stop 1']);
});

it('gives up other commands after three tries, and does not repeat what must be done once', () => {
  expect(new Play().submit(item('home', 'home'), 0).until(2_000).said).toEqual(['home', 'home', 'home', 'home silent']);
  expect(new Play().submit(item('by', 'by', { insist: 'once' }), 0).until(2_000).said).toEqual(['by', 'by silent']);
});

it('repeats with the same number where the link has numbers; refused, it had already run', () => {
  const play = new Play(true).submit(item('by', 'by', { insist: 'once' }), 0).until(310);
  expect(play.numbers).toEqual([1, 1]);
  expect(play.refuse(1, 320).said).toEqual(['by', 'by', 'by done']);
});

it('repeats what was overtaken as a new packet, whose number no camera refuses unseen', () => {
  const play = new Play(true).submit(item('to', 'to', { motors: ['pan-tilt'] }), 0).submit(stop('zoom', 'stop', 'zoom'), 10).until(310).hear(ack(), 315, 2).until(400);
  expect([play.said, play.numbers]).toEqual([['to', 'stop', 'zoom done', 'to'], [1, 2, 3]]);
});

it('does not call done what may be done once only, was overtaken and is refused', () => {
  const play = new Play(true).submit(item('by', 'by', { insist: 'once' }), 0).submit(stop('zoom', 'stop', 'zoom'), 10).until(310).hear(ack(), 315, 2).until(400);
  expect(play.numbers).toEqual([1, 2, 1]);
  expect(play.refuse(1, 410).said.at(-1)).toBe('by silent');
});

it('counts anew with a camera that refuses the first number', () => {
  const play = new Play(true).submit(item('home', 'home'), 0).refuse(1, 10).until(40);
  expect(play.said).toEqual(['home', 'reset!', 'home']);
  expect(play.numbers).toEqual([1, 2]);
});

it('takes no answer to an earlier packet for its own, unless the camera counts as it likes', () => {
  const play = new Play(true).submit(item('a', 'a'), 0).hear(ack(), 5, 1).submit(item('b', 'b'), 40).hear(ack(), 45, 1);
  expect(play.said).toEqual(['a', 'a done', 'b']);
  play.hear(ack(), 46, 77).hear(ack(), 47, 78).hear(ack(), 48, 79);
  expect(play.said.at(-1)).toBe('b done');
});

it('cancels what fills both sockets for a stop', () => {
  const play = new Play().submit(item('home', 'home', { motors: ['pan-tilt'] }), 0).hear(ack(1), 5).submit(item('in', 'in', { motors: ['zoom'] }), 40).hear(ack(2), 45);
  play.submit(stop('drive', 'stop', 'pan-tilt'), 80).hear(error('buffer-full'), 85).until(130);
  expect(play.said.slice(4)).toEqual(['stop', '8121ff']);
  play.hear(error('cancelled', 1), 132).until(170);
  expect(play.said.slice(6)).toEqual(['home finished', 'cancel-1 done', 'stop']);
  expect(play.hear(ack(1), 175).said.at(-1)).toBe('drive done');
});

it('tries again where the camera’s buffer is full, and reports other refusals', () => {
  const play = new Play().submit(item('light', 'light'), 0).hear(error('buffer-full'), 10).until(160);
  expect(play.said).toEqual(['light', 'light']);
  expect(play.hear(error('not-executable', 1), 170).said.at(-1)).toBe('light not-executable');
});

it('tells a motion’s end, by its socket', () => {
  const play = new Play().submit(item('home', 'home', { motors: ['pan-tilt'] }), 0).hear(ack(1), 5).submit(item('in', 'in', { motors: ['zoom'] }), 40).hear(ack(2), 45);
  expect(play.hear(completion(2), 100).hear(completion(1), 200).said.slice(4)).toEqual(['in finished', 'home finished']);
});

it('hands an answer to its inquiry although completions and late answers of another length come in between', () => {
  const play = new Play().submit(inquiry('where', 'where', 8), 0);
  play.hear(completion(), 10).hear({ type: 'answer', data: Buffer.alloc(4) }, 15).hear({ type: 'answer', data: Buffer.alloc(8) }, 20);
  expect(play.said).toEqual(['where', 'answer where']);
});

it('blames an error on the inquiry where only that is asked, and on the command where its socket says so', () => {
  expect(new Play().submit(inquiry('power', 'power', 1), 0).hear(error('syntax'), 5).said).toEqual(['power', 'power syntax']);
  const both = new Play().submit(inquiry('power', 'power', 1), 0).submit(item('home', 'home'), 1).until(15);
  expect(both.hear(error('not-executable', 1), 20).said.at(-1)).toBe('home not-executable');
  expect(both.hear(error('syntax'), 21).said.at(-1)).toBe('power syntax');
});

it('takes a completion without ACK, and believes a camera that has none', () => {
  const play = new Play().submit(item('a', 'a'), 0).hear(completion(), 10).hear(ack(), 20);
  expect(play.said).toEqual(['a', 'a done', 'a finished']);
  play.submit(item('b', 'b'), 40).hear(completion(), 50).submit(item('home', 'home'), 80).until(380);
  expect(play.said.slice(-2)).toEqual(['home', 'home done']);
});

it('lets a stop that is always refused keep nothing else from the camera', () => {
  const play = new Play().submit(stop('zoom', 'stop', 'zoom'), 0);
  for (let at = 1; at < 500; at += 105) play.hear(error('not-executable', 1), at).until(at + 104);
  play.submit(item('power', 'power'), 530);
  for (let at = 531; at < 800; at += 105) play.hear(error('not-executable', 1), at).until(at + 104);
  expect(play.said).toContain('power');
});
