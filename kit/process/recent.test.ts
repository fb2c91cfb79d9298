import { expect, it, vi } from 'vitest';
import { Recent } from './recent.ts';

it('reads once what is asked for again and again, and anew what changed, was long not asked for or is not there', () => {
  const recent = new Recent<string>(2);
  const read = vi.fn((key: string) => (key === 'none' ? null : key));
  for (const key of ['a', 'b', 'a', 'a', 'c', 'a', 'none', 'none']) expect(recent.get(key, read)).toBe(key === 'none' ? null : key);
  recent.forget('a');
  for (const key of ['c', 'a', 'b']) recent.get(key, read);
  expect(read.mock.calls.flat()).toEqual(['a', 'b', 'c', 'none', 'none', 'a', 'b']);
});
