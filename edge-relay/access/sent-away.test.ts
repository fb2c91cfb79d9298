import { expect, it } from 'vitest';
import { SentAway } from './sent-away.ts';

const amy = { account: 'amy', room: 'room-1', place: 's1' };
const refusal = (until: string | null) => expect.objectContaining({ code: 'sent_away', status: 403, details: expect.objectContaining({ until }) as object });

it('ends a session and leaves the account its others', () => {
  const away = new SentAway();
  away.endSession('s1', 0);
  expect(() => away.demandWelcome(amy, 599_999)).toThrow(refusal(null));
  away.demandWelcome({ ...amy, place: 's2' }, 1);
  away.demandWelcome({ ...amy, place: null }, 1);
});

it('keeps an account out of one room until the time that was said', () => {
  const away = new SentAway();
  away.keepOut('amy', 'room-1', 30_000);
  expect(() => away.demandWelcome({ ...amy, place: null }, 29_999)).toThrow(refusal('1970-01-01T00:00:30.000Z'));
  away.demandWelcome({ ...amy, room: 'room-2' }, 1);
  away.demandWelcome({ ...amy, account: 'ben' }, 1);
  away.demandWelcome(amy, 30_000);
});

it('is lifted by a time that is over, and forgets', () => {
  const away = new SentAway();
  away.keepOut('amy', 'room-1', 30_000);
  away.keepOut('amy', 'room-1', 10_000);
  away.demandWelcome(amy, 10_000);
  away.endSession('s1', 0);
  away.sweep(600_000);
  away.demandWelcome(amy, 0);
});
