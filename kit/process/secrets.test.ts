import { describe, expect, it } from 'vitest';
import { hashPassword, newSecret, sameSecret, verifyPassword } from './secrets.ts';

describe('secrets', () => {
  it('verify what was hashed and nothing else', async () => {
    const stored = await hashPassword('2468');
    expect(await verifyPassword('2468', stored)).toBe(true);
    expect(await verifyPassword('2469', stored)).toBe(false);
    expect(await hashPassword('2468')).not.toBe(stored);
  });

  it.each(['', 'scrypt$', 'scrypt$x$y', 'plain'])('never match the broken hash %j', async (stored) => {
    expect(await verifyPassword('2468', stored)).toBe(false);
  });

  it('compare by value', () => {
    const secret = newSecret();
    expect(sameSecret(secret, `${secret}`)).toBe(true);
    expect(sameSecret(secret, `${secret}x`)).toBe(false);
  });
});
