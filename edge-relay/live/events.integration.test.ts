import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ToViewer } from '../contract/events.ts';
import { startEdge, type TestEdge, until } from '../testing/edge.ts';

let edge: TestEdge;
let amy = '';
let ben = '';

beforeAll(async () => {
  edge = await startEdge();
  ({ amy, ben } = await edge.seed());
  await edge.admin('PUT', 'tickets/ben/light');
});
afterAll(() => edge.stop());

interface Person {
  readonly messages: ToViewer[];
  readonly closed: Promise<number>;
  say(message: object): void;
  raw(text: string): void;
  close(): void;
}

async function connect(room = 'room-1'): Promise<Person> {
  const socket = new WebSocket(`${edge.url.replace('http', 'ws')}/rooms/${room}/events`);
  const messages: ToViewer[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as ToViewer));
  const closed = once(socket, 'close').then(([code]) => code as number);
  await once(socket, 'open');
  return { messages, closed, say: (message) => socket.send(JSON.stringify(message)), raw: (text) => socket.send(text), close: () => socket.close() };
}

async function join(session: string): Promise<Person> {
  const person = await connect();
  person.say({ type: 'hello', token: (await edge.playback(session)).json.token });
  await until(() => person.messages.some(({ type }) => type === 'welcome'));
  return person;
}

describe('the events socket', () => {
  it.each([
    ['nonsense', () => 'not json'],
    ['what no reason of a close has room for', () => JSON.stringify({ type: 'hello', token: 'x', ['课'.repeat(200)]: 1 })],
    ['another first message', () => JSON.stringify({ type: 'chat', text: 'hi' })],
    ['no token that is one', () => JSON.stringify({ type: 'hello', token: 'nonsense' })],
    ['a session instead of a playback token', () => JSON.stringify({ type: 'hello', token: amy })],
    ['a publishing key', () => JSON.stringify({ type: 'hello', token: edge.publishKey('room-1') })],
  ])('closes with 4401 on %s', async (_, text) => {
    const person = await connect();
    person.raw(text());
    expect(await person.closed).toBe(4401);
  });

  it('closes with 4401 on a token for another room, and on silence', async () => {
    const [foreign, silent] = [await connect('room-2'), await connect()];
    foreign.say({ type: 'hello', token: (await edge.playback(amy)).json.token });
    expect([await foreign.closed, await silent.closed]).toEqual([4401, 4401]);
  }, 10_000);

  it('carries chat under the speaker\'s name, marks one\'s own, and hands newcomers what was said', async () => {
    const [first, second] = [await join(amy), await join(ben)];
    first.say({ type: 'chat', text: 'Good\u0007 morning', ref: 'r1' });
    const theirs = await until(() => second.messages.find((message) => message.type === 'chat'));
    const own = await until(() => first.messages.find((message) => message.type === 'chat'));
    expect(theirs).toMatchObject({ from: 'amy', text: 'Good morning', mine: false });
    expect(own).toMatchObject({ mine: true, ref: 'r1' });
    expect('ref' in theirs).toBe(false);
    const late = await join(ben);
    expect(late.messages[0]).toMatchObject({ type: 'welcome', name: 'ben', live: false, history: [{ text: 'Good morning', mine: false }] });
    for (const person of [first, second, late]) person.close();
  });

  it('says once what a page sends again after a lost connection', async () => {
    const [first, other] = [await join(amy), await join(ben)];
    first.say({ type: 'chat', text: 'yes', ref: 'again' });
    const told = await until(() => first.messages.find((message) => message.type === 'chat'));
    first.close();
    const back = await join(amy);
    expect(back.messages[0]).toMatchObject({ history: expect.arrayContaining([told]) as unknown });
    back.say({ type: 'chat', text: 'yes', ref: 'again' });
    expect(await until(() => back.messages.find((message) => message.type === 'chat'))).toEqual(told);
    other.say({ type: 'ping', at: 1 });
    await until(() => other.messages.find((message) => message.type === 'pong'));
    expect(other.messages.filter((message) => message.type === 'chat')).toHaveLength(1);
    for (const person of [back, other]) person.close();
  });

  it('takes three messages at once, refuses the fourth with a time to wait, and keeps the connection', async () => {
    const person = await join(ben);
    for (const text of ['1', '2', '3', '4']) person.say({ type: 'chat', text, ref: text });
    const refused = await until(() => person.messages.find((message) => message.type === 'refused'));
    expect(refused).toMatchObject({ code: 'too_fast', ref: '4' });
    expect('retryAfterMs' in refused && refused.retryAfterMs).toBeGreaterThan(500);
    person.say({ type: 'chat', text: 'x'.repeat(501) });
    await until(() => person.messages.find((message) => message.type === 'refused' && message.code === 'too_long'));
    person.say({ type: 'ping', at: 5 });
    const pong = await until(() => person.messages.find((message) => message.type === 'pong'));
    expect(pong).toMatchObject({ at: 5 });
    person.close();
  });

  it('ends with 4403 the moment the ticket is revoked, and for that account only', async () => {
    const [staying, leaving] = [await join(amy), await join(ben)];
    await edge.admin('DELETE', 'tickets/ben/light');
    expect(await leaving.closed).toBe(4403);
    staying.say({ type: 'ping', at: 1 });
    await until(() => staying.messages.find((message) => message.type === 'pong'));
    staying.close();
  });
});
