import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { createTokenKeys, signToken } from '#kit/process/tokens.ts';
import { Entitlements } from '../access/entitlements.ts';
import type { TicketStore } from '../access/ports.ts';
import { RevokedKeys } from '../access/revoked-keys.ts';
import { TokenReader } from '../access/token-reader.ts';
import { EDGE_AUDIENCE } from '../contract/access.ts';
import type { ToViewer } from '../contract/events.ts';
import { LiveClasses } from './live-classes.ts';

const HOUR_MS = 3_600_000;
const keys = createTokenKeys();

/** The edge's side of a connection, as ws has it; the far end hears everything and says what the test says. */
class Connection extends EventEmitter {
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readyState = 1;
  bufferedAmount = 0;
  pings = 0;
  closed: { readonly code: number; readonly reason: string } | null = null;
  terminated = false;
  readonly got: ToViewer[] = [];

  send(text: string): void {
    this.got.push(JSON.parse(text) as ToViewer);
  }
  ping(): void {
    this.pings += 1;
  }
  close(code: number, reason: string): void {
    if (this.readyState === this.CLOSING) return;
    this.readyState = this.CLOSING;
    // As ws has it, and after it has begun to close.
    if (Buffer.byteLength(reason) > 123) throw new RangeError('The message must not be greater than 123 bytes');
    this.closed = { code, reason };
  }
  terminate(): void {
    if (this.terminated) return;
    this.terminated = true;
    this.emit('close');
  }
  say(message: object): void {
    this.emit('message', Buffer.from(JSON.stringify(message)), false);
  }
}

/** Tickets of everybody for a class that begins in an hour and a half, unless the disk is broken. */
function open() {
  const edge = { nowMs: 100 * HOUR_MS, broken: false };
  const now = (): number => edge.nowMs;
  const course = { course: 'light', room: 'room-1', title: 'Light', teacher: 'Ada', description: '', startsAtMs: edge.nowMs + 1.5 * HOUR_MS, endsAtMs: null, priceCents: 1, currency: 'EUR', buyUrl: 'https://shop.test/' };
  const never = (): never => { throw new Error('not asked for here'); };
  const tickets: TicketStore = {
    grant: never, revoke: never, held: never, rooms: never,
    accessOf: (_account, room) => {
      if (edge.broken) throw new Error('disk I/O error');
      return { room: { room, name: room, alwaysOpen: false }, courses: [course], tickets: new Set(['light']) };
    },
  };
  const classes = new LiveClasses({
    tokens: new TokenReader({ campusPublicKeyPem: keys.publicKeyPem, edgePublicKeyPem: keys.publicKeyPem }, new RevokedKeys(), now), entitlements: new Entitlements(tickets, now),
    demandWelcome: () => undefined, stateOf: () => ({ live: true, coming: false, ended: false, viewers: 0 }), log: pino({ level: 'silent' }), now, unlimited: false,
  });
  const connect = (): Connection => {
    const connection = new Connection();
    classes.open(connection as unknown as WebSocket, 'room-1');
    return connection;
  };
  const join = (account: string): Connection => {
    const connection = connect();
    const claims = { iss: 'edge', aud: EDGE_AUDIENCE, sub: account, scope: 'play', room: 'room-1', name: account, jti: account, exp: Math.floor(edge.nowMs / 1_000) + 600 };
    connection.say({ type: 'hello', token: signToken(claims, keys.privateKeyPem) });
    return connection;
  };
  const pass = (ms: number): void => {
    edge.nowMs += ms;
    classes.tick();
  };
  return { edge, classes, connect, join, pass };
}

describe('the live classes', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('tells in a few words why it refuses, whatever the alphabet of what was said', () => {
    const { connect } = open();
    const stranger = connect();
    stranger.say({ type: 'hello', token: 'x', ['课'.repeat(200)]: 1 });
    expect(stranger.closed?.code).toBe(4401);
    expect(stranger.closed?.reason).toContain('课');
  });

  it('ends one connection, and nothing else, where a message cannot be answered', () => {
    const { edge, join } = open();
    const amy = join('amy');
    edge.broken = true;
    const ben = join('ben');
    edge.broken = false;
    expect([ben.closed?.code, amy.closed, join('ben').got[0]?.type]).toEqual([1011, null, 'welcome']);
  });

  it('gives a far end that does not answer the close five seconds', () => {
    const { connect, classes } = open();
    const silent = connect();
    vi.advanceTimersByTime(5_000);
    expect([silent.closed?.code, silent.terminated]).toEqual([4401, false]);
    vi.advanceTimersByTime(5_000);
    expect([silent.terminated, classes.people, vi.getTimerCount()]).toEqual([true, 0, 0]);
  });

  it('lets go of who left without a word, and of nobody who answers', () => {
    const { join, pass, classes } = open();
    const [gone, still, page] = [join('amy'), join('ben'), join('cat')];
    for (let second = 0; second < 41; second += 1) {
      pass(1_000);
      if (still.pings > 0) still.emit('pong', Buffer.alloc(0));
      page.say({ type: 'ping', at: second });
    }
    expect([gone.terminated, still.terminated, page.terminated, page.pings, classes.people]).toEqual([true, false, false, 0, 2]);
  });

  it('lets go of nobody because the clock was set', () => {
    const { join, pass } = open();
    const amy = join('amy');
    pass(300_000);
    amy.emit('pong', Buffer.alloc(0));
    pass(-300_000);
    pass(1_000);
    expect(amy.terminated).toBe(false);
  });

  it('keeps nobody out for the sake of those who say nothing: who was silent for longest goes', () => {
    const { connect, join } = open();
    const amy = join('amy');
    const silent = Array.from({ length: 2_000 }, connect);
    const ben = join('ben');
    expect([amy.terminated, silent[0]?.terminated, silent[1]?.terminated, ben.got[0]?.type]).toEqual([false, true, false, 'welcome']);
  });

  it('counts what an account says, not what a connection says', () => {
    const { join } = open();
    for (const text of ['1', '2', '3']) join('amy').say({ type: 'chat', text, ref: text });
    const anew = join('amy');
    anew.say({ type: 'chat', text: '4', ref: '4' });
    expect(anew.got.at(-1)).toMatchObject({ type: 'refused', code: 'too_fast', ref: '4' });
  });

  it('shows who comes what was said since their ticket opened the door, and nothing of the class before', () => {
    const { join, pass } = open();
    join('amy').say({ type: 'chat', text: 'from the class before' });
    pass(HOUR_MS / 2);
    join('amy').say({ type: 'chat', text: 'hello' });
    const [welcome] = join('ben').got;
    expect(welcome?.type === 'welcome' && welcome.history.map(({ text }) => text)).toEqual(['hello']);
  });
});
