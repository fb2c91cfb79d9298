import { describe, expect, it } from 'vitest';
import { clockFinding } from './clock.ts';
import { cardsIn } from './devices.ts';
import { verdictOf } from './disk.ts';
import { type Finding, printed } from './finding.ts';

const good: Finding = { about: 'FFmpeg', verdict: 'good', says: 'Version 5.1.' };
const look: Finding = { about: 'Encoders', verdict: 'look', says: 'h264_nvenc is not used: no NVIDIA driver is installed.' };
const bad: Finding = { about: 'Disk', verdict: 'bad', says: 'Recordings cannot be written.' };

it('prints a line a finding and says what it comes to', () => {
  expect(printed([good, { ...look, about: 'FFmpeg' }, bad]).split('\n')).toEqual([
    'FFmpeg', '  ok    Version 5.1.', '  look  h264_nvenc is not used: no NVIDIA driver is installed.',
    'Disk', '  BAD   Recordings cannot be written.', '', 'This machine cannot hold a class yet: 1 to mend, marked BAD.',
  ]);
  expect(printed([good, look])).toMatch(/can hold a class; 1 to look at\.$/);
  expect(printed([good])).toMatch(/This machine can hold a class\.$/);
});

it.each([
  [0.4, 10, 'bad'], [5, 10, 'look'], [100, 900, 'look'], [100, 10, 'good'],
])('calls a disk of %f hours that takes %i ms %s', (hours, ms, verdict) => {
  expect(verdictOf(hours, ms, '/data').verdict).toBe(verdict);
});

describe('the clock', () => {
  it.each([['yes\n', 'good'], ['no\n', 'look'], [null, 'look'], ['', 'look']])('answered %j is %s', (answer, verdict) => {
    expect(clockFinding(answer, new Date(0)).verdict).toBe(verdict);
  });
});

it('reads the names of sound cards', () => {
  const text = ' 0 [PCH            ]: HDA-Intel - HDA Intel PCH\n                      HDA Intel PCH at 0xf7c18000 irq 30\n 1 [U0x46d0x825    ]: USB-Audio - USB Device 0x46d:0x825\n';
  expect(cardsIn(text)).toEqual(['HDA Intel PCH (PCH)', 'USB Device 0x46d:0x825 (U0x46d0x825)']);
  expect(cardsIn('--- no soundcards ---\n')).toEqual([]);
});
