import type { FuzzTarget } from '#kit/testing/fuzz.ts';
import { readMessage } from './message.ts';

const MESSAGES: readonly Parameters<typeof JSON.stringify>[0][] = [
  { type: 'hello', token: 'a.b.c' },
  { type: 'chat', text: 'Good morning', ref: '1' },
  { type: 'ping', at: 1 },
  { type: 'quality', protocol: 'whep', freezes: 2, stalledSeconds: 1.5, framesDropped: 3, delayMs: 240 },
];

export const eventsTarget: FuzzTarget = {
  name: 'events',
  seeds: () => MESSAGES.map((message) => Buffer.from(JSON.stringify(message))),
  feed: (input) => readMessage(input.toString()),
};
