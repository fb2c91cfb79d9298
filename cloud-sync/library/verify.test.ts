import { expect, it } from 'vitest';
import { indexFault } from './verify.ts';

const line = (kind: 'init' | 'fragment' | 'end', offset: number, bytes: number) => ({ kind, offset, bytes, sha256: '', captureUs: 0, durationUs: 0 });

it.each([
  ['whole', 30, [line('init', 0, 10), line('fragment', 10, 20)], null],
  ['a hole', 40, [line('init', 0, 10), line('fragment', 20, 20)], 'fragment 1 of its index'],
  ['an overlap', 25, [line('init', 0, 10), line('fragment', 5, 20)], 'fragment 1 of its index'],
  ['an end that is missing', 50, [line('init', 0, 10), line('fragment', 10, 20)], 'covers 30 bytes of 50'],
  ['no initialisation', 20, [line('fragment', 0, 20)], 'initialisation'],
  ['two initialisations', 20, [line('init', 0, 10), line('init', 10, 10)], 'initialisation'],
  ['an empty range', 10, [line('init', 0, 10), line('fragment', 10, 0)], 'fragment 1 of its index'],
])('an index with %s', (_what, bytes, index, fault) => {
  const found = indexFault({ bytes, index });
  if (fault === null) expect(found).toBeNull();
  else expect(found).toContain(fault);
});
