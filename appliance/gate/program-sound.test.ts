import { expect, it } from 'vitest';
import { ProgramSound } from './program-sound.ts';
import type { FromGate } from './protocol.ts';

type Report = Extract<FromGate, { type: 'report' }>;

const SOURCES = [
  { id: 'lapel', name: 'Lapel', backup: false, delayMs: 0 },
  { id: 'ceiling', name: 'Ceiling', backup: true, delayMs: 0 },
  { id: 'laptop-sound', name: 'Laptop sound', backup: false, delayMs: 0 },
];

const of = (id: string, levelDbfs: number, ageMs: number | null): Report['sources'][number] => ({ id, fps: 50, lost: 0, ageMs, luma: null, fingerprint: null, levelDbfs, peakDbfs: levelDbfs, driftPpm: null });

/** The lapel has failed; nobody shares a laptop. Reports of half a minute. */
function alarmsWith(ceiling: { readonly levelDbfs: number; readonly onAir: boolean }): string[] {
  const sound = new ProgramSound(SOURCES);
  sound.follow('optics');
  const onAir = ['lapel', 'laptop-sound', ...(ceiling.onAir ? ['ceiling'] : [])];
  const report: Pick<Report, 'sources' | 'sound'> = {
    sources: [of('lapel', -90, 60_000), of('ceiling', ceiling.levelDbfs, ceiling.onAir ? 10 : 60_000), of('laptop-sound', -90, null)],
    sound: { loudnessLufs: -70, truePeakDbtp: -90, gainDb: 0, captured: true, onAir, failed: ['lapel'] },
  };
  const spoken = { ...report, sources: [of('lapel', -20, 10)], sound: { ...report.sound, failed: [] } };
  sound.heardReport(spoken, true, { atMs: 0, wallMs: 0 });
  for (let ms = 500; ms <= 30_000; ms += 500) sound.heardReport(report, true, { atMs: ms, wallMs: ms });
  return sound.state().alarms.map(({ code }) => code);
}

it.each([
  ['and its backup is heard', { levelDbfs: -30, onAir: true }, ['microphone-lost', 'backup-in-use']],
  ['and its backup is silent', { levelDbfs: -80, onAir: true }, ['microphone-lost', 'backup-in-use', 'silent']],
  ['and there is no other', { levelDbfs: -90, onAir: false }, ['microphone-lost']],
])('says what is wrong where a microphone is lost %s', (_what, ceiling, codes) => {
  expect(alarmsWith(ceiling)).toEqual(codes);
});

it('expects a voice from Start on, not from the opening of the microphones', () => {
  const sound = new ProgramSound(SOURCES);
  const hear = (fromS: number, toS: number, levelDbfs: number): string[] => {
    const report = { sources: [of('lapel', levelDbfs, 10)], sound: { loudnessLufs: -70, truePeakDbtp: -90, gainDb: 0, captured: true, onAir: ['lapel'], failed: [] } };
    for (let ms = fromS * 1_000; ms < toS * 1_000; ms += 500) sound.heardReport(report, true, { atMs: ms, wallMs: ms });
    return sound.state().alarms.map(({ code }) => code);
  };
  sound.follow(null);
  hear(0, 1, -20);
  expect(hear(1, 600, -80)).toEqual([]);
  sound.follow('optics');
  expect([hear(600, 890, -80), hear(890, 902, -80)]).toEqual([[], ['silent']]);
  sound.follow(null);
  expect(hear(902, 903, -80)).toEqual([]);
});
