import { describe, expect, it } from 'vitest';
import { CLOSED, isSeated, keptOf, next, type Share, type ShareEvent } from './share.ts';

const MINUTE = 60_000;
const ana = { id: 'a', name: 'Ana' };
const tom = { id: 't', name: 'Tom' };
const tick = (atMs: number, occasion: string | null, code = '2222'): ShareEvent => ({ type: 'ticked', atMs, occasion, code });
const after = (...events: readonly ShareEvent[]): Share => events.reduce(next, CLOSED);
const inClass = tick(0, 'physics', '1111');
const join = (guest: typeof ana, atMs = 0): ShareEvent => ({ type: 'joined', guest, atMs, code: '3333' });
const connect = (id: string, atMs = 0): ShareEvent => ({ type: 'connected', id, atMs });

describe('the door', () => {
  it('is closed outside a class and opens with it', () => {
    expect(after(tick(0, null)).door.phase).toBe('closed');
    expect(after(inClass).door).toMatchObject({ phase: 'open', code: '1111', expiresAtMs: 5 * MINUTE });
  });

  it('changes its code every five minutes, after each use and when asked', () => {
    expect(after(inClass, tick(5 * MINUTE - 1, 'physics')).door).toMatchObject({ code: '1111' });
    expect(after(inClass, tick(5 * MINUTE, 'physics')).door).toMatchObject({ code: '2222', expiresAtMs: 10 * MINUTE });
    expect(after(inClass, join(ana)).door).toMatchObject({ code: '3333' });
    expect(after(inClass, { type: 'code-renewed', atMs: 0, code: '4444' }).door).toMatchObject({ code: '4444' });
  });

  it('stays open for a quarter of an hour where the panel opened it, and longer where a class begins meanwhile', () => {
    const opened: ShareEvent = { type: 'opened', atMs: 0, code: '5555' };
    expect(after(opened, tick(15 * MINUTE - 1, null)).door.phase).toBe('open');
    expect(after(opened, tick(15 * MINUTE, null))).toEqual(CLOSED);
    expect(after(opened, tick(MINUTE, 'physics'), tick(16 * MINUTE, 'physics')).door.phase).toBe('open');
  });
});

describe('the seat', () => {
  it('goes to the first who joins; the second waits until the teacher lets it in', () => {
    const both = after(inClass, join(ana), connect('a'), join(tom));
    expect(both).toMatchObject({ seat: { phase: 'sharing', guest: ana }, waiting: { guest: tom } });
    expect(next(both, { type: 'refused', id: 't' }).waiting).toBeNull();
    const swapped = next(both, { type: 'allowed', id: 't', atMs: 7 });
    expect(swapped).toMatchObject({ seat: { phase: 'admitted', guest: tom, sinceMs: 7 }, waiting: null });
    expect(isSeated(swapped, 'a')).toBe(false);
  });

  it('is kept a minute for a laptop that lost its network, and for one that chooses its screen', () => {
    const broken = after(inClass, join(ana), connect('a'), { type: 'disconnected', id: 'a', atMs: MINUTE });
    expect(next(broken, tick(2 * MINUTE - 1, 'physics')).seat.phase).toBe('admitted');
    expect(next(broken, tick(2 * MINUTE, 'physics')).seat.phase).toBe('free');
    expect(after(inClass, join(ana), tick(MINUTE, 'physics')).seat.phase).toBe('free');
  });

  it.each([
    ['the class ends', null],
    ['the next class begins at once', 'chemistry'],
  ])('is given up when %s', (_name, occasion) => {
    const later = after(inClass, join(ana), connect('a'), tick(MINUTE, occasion));
    expect(later).toMatchObject({ seat: { phase: 'free' }, waiting: null, occasion });
  });

  it('is kept where a class begins while the panel holds the door open', () => {
    const kept = after({ type: 'opened', atMs: 0, code: '5555' }, join(ana), connect('a'), tick(MINUTE, 'physics'));
    expect(kept.seat).toMatchObject({ phase: 'sharing', guest: ana });
  });

  it.each<ShareEvent>([{ type: 'left', id: 'a' }, { type: 'closed' }])('is free after $type', (event) => {
    expect(next(after(inClass, join(ana), connect('a')), event).seat.phase).toBe('free');
  });

  it('takes no orders from those who do not have it', () => {
    const sharing = after(inClass, join(ana), connect('a'));
    for (const event of [connect('t'), { type: 'disconnected', id: 't', atMs: 1 }, { type: 'left', id: 't' }, { type: 'allowed', id: 't', atMs: 1 }] as const) {
      expect(next(sharing, event)).toEqual(sharing);
    }
  });

  it('forgets whoever waits for two minutes', () => {
    const both = after(inClass, join(ana), connect('a'), join(tom));
    expect(next(both, tick(2 * MINUTE - 1, 'physics')).waiting).not.toBeNull();
    expect(next(both, tick(2 * MINUTE, 'physics')).waiting).toBeNull();
  });
});

describe('over a restart of the box', () => {
  const kept = keptOf(after(inClass, join(ana), connect('a'))) ?? expect.fail('nobody has the seat');
  const resume = (atMs: number, from = kept): ShareEvent => ({ type: 'resumed', atMs, kept: from, code: '7777' });

  it('the laptop has a minute to come back to the same class, and every code is new', () => {
    const again = after(tick(9, 'physics', '6666'), resume(9));
    expect(again).toMatchObject({ door: { code: '6666' }, seat: { phase: 'admitted', guest: ana, sinceMs: 9 } });
    expect(next(again, tick(9 + MINUTE, 'physics')).seat.phase).toBe('free');
  });

  it('the panel’s opening goes on until its end', () => {
    const opened: ShareEvent = { type: 'opened', atMs: 0, code: '5555' };
    const held = keptOf(after(opened, join(ana))) ?? expect.fail('nobody has the seat');
    expect(after(tick(1, null), resume(1, held))).toMatchObject({ door: { code: '7777', heldUntilMs: 15 * MINUTE }, seat: { guest: ana } });
    expect(after(tick(15 * MINUTE, null), resume(15 * MINUTE, held))).toEqual(CLOSED);
  });

  it.each<[string, readonly ShareEvent[]]>([
    ['another class', [tick(9, 'chemistry')]],
    ['no class', [tick(9, null)]],
    ['a class in which somebody else came first', [tick(9, 'physics'), join(tom)]],
  ])('there is no way back into %s', (_what, events) => {
    expect(after(...events, resume(9))).toEqual(after(...events));
  });

  it('a free seat leaves nothing to keep', () => {
    expect(keptOf(after(inClass))).toBeNull();
  });
});
