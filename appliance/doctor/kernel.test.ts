import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsIn, verdictOn } from './kernel.ts';

describe('what a box asks of its kernel', () => {
  it('is read from the file that installations copy', () => {
    const conf = readFileSync(join(import.meta.dirname, '60-lectern.conf'), 'utf8');
    expect(settingsIn(conf)).toEqual([{ name: 'net.core.wmem_default', value: 4_194_304 }]);
  });

  it.each([
    [4_194_304, 'good'],
    [8_388_608, 'good'],
    [212_992, 'look'],
    [null, 'look'],
  ])('%s is %s', (now, verdict) => {
    expect(verdictOn({ name: 'net.core.wmem_default', value: 4_194_304 }, now).verdict).toBe(verdict);
  });
});
