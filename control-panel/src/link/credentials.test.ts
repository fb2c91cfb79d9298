import { describe, expect, it } from 'vitest';
import { pairingOf, readSession, tokenOf, withoutToken } from './credentials.ts';

const session = { token: 's', expiresAt: '2026-09-07T10:00:00Z' };

describe('credentials', () => {
  it('prefer the pairing, then a session, whatever time this device believes it is', () => {
    expect(tokenOf({ paired: 'p', session })).toBe('p');
    expect(tokenOf({ paired: null, session: { ...session, expiresAt: '1999-01-01T00:00:00Z' } })).toBe('s');
    expect(tokenOf({ paired: null, session: null })).toBeNull();
  });

  it('forget only what was refused', () => {
    expect(withoutToken({ paired: 'p', session }, 'p')).toEqual({ paired: null, session });
    expect(withoutToken({ paired: 'p', session }, 's')).toEqual({ paired: 'p', session: null });
    expect(withoutToken({ paired: 'p', session }, 'x')).toEqual({ paired: 'p', session });
  });

  it('read a pairing link’s fragment', () => {
    expect(pairingOf('#pair=abc_DEF-1')).toBe('abc_DEF-1');
    expect(['', '#', '#pair=', '#other=1'].map(pairingOf)).toEqual([null, null, null, null]);
  });

  it('take no session from texts that are none', () => {
    expect(readSession(JSON.stringify(session))).toEqual(session);
    expect(['{', 'null', '{"token":1}', null].map(readSession)).toEqual([null, null, null, null]);
  });
});
