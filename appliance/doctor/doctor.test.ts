import { describe, expect, it, vi } from 'vitest';
import { DEFAULT_PROGRAM } from '../encoder/default-program.ts';
import { type Trial, tryEncoder } from '../encoder/probe.ts';
import { clockFinding } from './clock.ts';
import { cardsIn } from './devices.ts';
import { verdictOf } from './disk.ts';
import { lookAtEncoders } from './doctor.ts';
import { type Finding, printed } from './finding.ts';

vi.mock(import('../encoder/probe.ts'), () => ({ tryEncoder: vi.fn() }));

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

it.each<[string, Trial, number, Finding['verdict'][]]>([
  ['works', { works: true }, 400, ['good']],
  ['works, but slowly', { works: true }, 3_000, ['look']],
  ['does not work', { works: false, reason: 'not there' }, 400, ['look', 'bad']],
])('looks at an encoder that %s', async (_what, trial, ms, verdicts) => {
  vi.useFakeTimers({ toFake: ['performance'] });
  vi.mocked(tryEncoder).mockImplementation(async () => (vi.advanceTimersByTime(ms), trial));
  const found = await lookAtEncoders({ encoders: ['libx264'], program: DEFAULT_PROGRAM }, new AbortController().signal);
  vi.useRealTimers();
  expect(found.map(({ verdict }) => verdict)).toEqual(verdicts);
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
