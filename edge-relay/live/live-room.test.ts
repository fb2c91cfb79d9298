import { expect, it } from 'vitest';
import type { ChatMessage, ToViewer } from '../contract/events.ts';
import { type Attendant, LiveRoom } from './live-room.ts';

const NOW = { live: true, coming: false, ended: false, viewers: 0 };

class Page implements Attendant {
  readonly account: string;
  readonly got: ToViewer[] = [];

  constructor(room: LiveRoom, account: string, sinceMs = 0) {
    this.account = account;
    room.join(this, NOW, sinceMs);
  }
  get name(): string {
    return `name of ${this.account}`;
  }
  get chats(): ChatMessage[] {
    return this.got.filter((message) => message.type === 'chat');
  }
  get history(): ChatMessage[] {
    return this.got.flatMap((message) => (message.type === 'welcome' ? message.history : []));
  }
  send(text: string): void {
    this.got.push(JSON.parse(text) as ToViewer);
  }
  close(): void {
    throw new Error('nobody is sent away here');
  }
}

it('tells a sender the reference on every screen and in the history, and nobody else', () => {
  const room = new LiveRoom();
  const [amy, tablet, ben] = [new Page(room, 'amy'), new Page(room, 'amy'), new Page(room, 'ben')];
  room.say(amy, 'yes', { atMs: 0, ref: 'r1' });
  room.say(amy, 'no', { atMs: 0, ref: undefined });
  const seen = [amy.chats, tablet.chats, new Page(room, 'amy').history].map((chats) => chats.map(({ mine, ref }) => [mine, ref]));
  expect(seen).toEqual(Array(3).fill([[true, 'r1'], [true, undefined]]));
  expect([...ben.chats, ...new Page(room, 'ben').history].map((chat) => [chat.mine, 'ref' in chat])).toEqual(Array(4).fill([false, false]));
});

it('says once what is sent again, and answers the sender each time', () => {
  const room = new LiveRoom();
  const [amy, ben] = [new Page(room, 'amy'), new Page(room, 'ben')];
  room.say(amy, 'yes', { atMs: 0, ref: 'r1' });
  const back = new Page(room, 'amy');
  room.say(back, 'yes', { atMs: 9_000, ref: 'r1' });
  expect(back.chats).toEqual(amy.chats);
  expect([ben.chats.length, new Page(room, 'ben').history.length]).toEqual([1, 1]);
});

it('takes the same words under another reference, and the same reference of another account, for another message', () => {
  const room = new LiveRoom();
  const [amy, ben] = [new Page(room, 'amy'), new Page(room, 'ben')];
  room.say(amy, 'yes', { atMs: 0, ref: 'r1' });
  room.say(amy, 'yes', { atMs: 0, ref: 'r2' });
  room.say(ben, 'yes', { atMs: 0, ref: 'r1' });
  expect(new Set(ben.chats.map(({ id }) => id)).size).toBe(3);
});

it('shows nobody what was said before their ticket let them in', () => {
  const room = new LiveRoom();
  const amy = new Page(room, 'amy');
  for (const atMs of [1_000, 2_000, 3_000]) room.say(amy, String(atMs), { atMs, ref: undefined });
  const seenSince = (sinceMs: number) => new Page(room, 'ben', sinceMs).history.map(({ text }) => text);
  expect([seenSince(Number.NEGATIVE_INFINITY), seenSince(2_000), seenSince(9_000)]).toEqual([['1000', '2000', '3000'], ['2000', '3000'], []]);
});

it('counts what an account says on all its screens, and forgets who may say all again', () => {
  const room = new LiveRoom();
  const waits = [0, 0, 0, 0, 400].map((nowMs) => room.allow('amy', nowMs));
  expect([waits, room.allow('ben', 400), room.counted]).toEqual([[0, 0, 0, 1_000, 600], 0, 2]);
  room.sweep(1_400);
  expect(room.counted).toBe(1);
  room.sweep(10_000);
  expect(room.counted).toBe(0);
});

it('shows the last fifty to who comes, and knows far more by their references', () => {
  const room = new LiveRoom();
  const [amy, ben] = [new Page(room, 'amy'), new Page(room, 'ben')];
  room.say(amy, 'early', { atMs: 0, ref: 'early' });
  for (let count = 1; count < 5_000; count += 1) room.say(ben, 'x', { atMs: count, ref: String(count) });
  const back = new Page(room, 'amy');
  room.say(back, 'early', { atMs: 6_000, ref: 'early' });
  expect([back.history.length, back.chats[0]?.id, ben.chats.length]).toEqual([50, amy.chats[0]?.id, 5_000]);
  room.say(ben, 'one more', { atMs: 7_000, ref: 'more' });
  room.say(back, 'early', { atMs: 8_000, ref: 'early' });
  expect(ben.chats.length).toBe(5_002);
});
