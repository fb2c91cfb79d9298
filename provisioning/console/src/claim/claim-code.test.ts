import { expect, it } from 'vitest';
import { tidyCode } from './claim-code.ts';

it.each([
  ['k7qf2mxa', 'K7QF-2MXA'],
  [' K7QF - 2MXA ', 'K7QF-2MXA'],
  ['k7q', 'K7Q'],
  ['k7qf', 'K7QF'],
  ['K7QF-', 'K7QF'],
  ['K7QF-2MXAEXTRA', 'K7QF-2MXA'],
])('%s is %s', (typed, tidy) => {
  expect(tidyCode(typed)).toBe(tidy);
});
