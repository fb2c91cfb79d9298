import { describe, expect, it } from 'vitest';
import { diskState, recordingState, type RecordingFacts, type SoundFacts } from './recording-proof.ts';

const NOW = 1_000_000;
const never = Number.NEGATIVE_INFINITY;
const LIMITS = { bytesPerHour: 1_000, reserveBytes: 500 };
const program = { track: '', bytes: 5_000, grewAtMs: NOW - 900 };

const facts: RecordingFacts = {
  id: 'r', wanted: true, attached: true,
  tracks: [{ id: 'program', kind: 'program' }, { id: 'board', kind: 'camera' }],
  onDisk: [program, { track: 'board', bytes: 70, grewAtMs: NOW - 5_000 }],
  lastFragmentAtMs: 1_700_000_000_000, soundAtMs: NOW - 900,
  proof: { atMs: NOW - 4_000, picture: true, silentLooks: 0 },
  gaps: [], pauses: [], redactions: [], freeBytes: 3_000, isDiskFull: false, problem: '',
};
const sound: SoundFacts = { heardAtMs: NOW - 100, silenceExpected: false };

describe('the light', () => {
  it.each([
    ['all is well', {}, {}, true, true, ''],
    ['no class is to be recorded, though bytes grew', { wanted: false, attached: false }, {}, false, false, ''],
    ['it ended, and its files are still being closed', { wanted: false }, {}, true, true, ''],
    ['it ended in doubt', { wanted: false, proof: { atMs: NOW, picture: false, silentLooks: 0 } }, {}, true, false, /could not be played back/],
    ['a class is to be recorded and no recorder is there', { attached: false }, {}, false, false, /Nothing was written/],
    ['nothing grows', { onDisk: [{ ...program, grewAtMs: NOW - 3_001 }] }, {}, false, false, /Nothing was written/],
    ['another track grows, the program does not', { onDisk: [{ ...program, track: 'board' }] }, {}, false, false, /Nothing was written/],
    ['this process, or the disk, did not answer for an hour', { onDisk: [{ ...program, grewAtMs: NOW - 3_600_000 }] }, {}, false, false, /Nothing was written/],
    ['the disk refuses right now, though it grew a moment ago', { problem: 'The disk is full.' }, {}, false, false, /disk is full/],
    ['the last fragment did not decode', { proof: { atMs: NOW, picture: false, silentLooks: 0 } }, {}, true, false, /could not be played back/],
    ['nothing was decoded yet', { proof: null }, {}, true, false, /just begun/],
    ['the last look is old', { proof: { atMs: NOW - 20_001, picture: true, silentLooks: 0 } }, {}, true, false, /could not be checked/],
    ['no sound reaches the disk', { soundAtMs: NOW - 5_001 }, {}, true, false, /has no sound/],
    ['no sound ever reached the disk', { soundAtMs: null }, { silenceExpected: true }, true, false, /has no sound/],
    ['nobody was heard for long', {}, { heardAtMs: NOW - 10_001 }, true, false, /no sound for 10 seconds/],
    ['nobody is meant to be heard', {}, { heardAtMs: never, silenceExpected: true }, true, true, ''],
    ['the room is heard and the disk is silent', { proof: { atMs: NOW - 1_000, picture: true, silentLooks: 2 } }, {}, true, false, /recording is silent/],
    ['the disk was silent for one look', { proof: { atMs: NOW - 1_000, picture: true, silentLooks: 1 } }, {}, true, true, ''],
  ] as const)('when %s', (_when, change, soundChange, active, proven, doubt) => {
    const state = recordingState({ ...facts, ...change }, { ...sound, ...soundChange }, LIMITS, NOW);
    expect(state).toMatchObject({ active, proven, freeHours: 2.5 });
    expect(state.doubt).toMatch(doubt === '' ? /^$/ : doubt);
  });
});

it('says of each track whether it grows', () => {
  expect(recordingState(facts, sound, LIMITS, NOW).tracks).toEqual([
    { id: 'program', kind: 'program', bytes: 5_000, proven: true },
    { id: 'board', kind: 'camera', bytes: 70, proven: false },
  ]);
});

it.each([
  [10_000, 'ok', /^$/],
  [2_400, 'low', /1\.9 hours/],
  [501, 'low', /0\.0 hours/],
  [500, 'full', /not recorded/],
  [0, 'full', /not recorded/],
])('with %i bytes free the disk is %s', (freeBytes, level, message) => {
  const disk = diskState(freeBytes, false, LIMITS);
  expect(disk.level).toBe(level);
  expect(disk.message).toMatch(message);
});

it('says loudly that a class is only sent', () => {
  const full = { ...facts, freeBytes: 400, problem: 'The disk is full.' };
  expect(recordingState(full, sound, LIMITS, NOW)).toMatchObject({ active: false, streamOnly: true, disk: { level: 'full' } });
  expect(recordingState({ ...full, freeBytes: 900, isDiskFull: true }, sound, LIMITS, NOW)).toMatchObject({ streamOnly: true, disk: { level: 'full' } });
  expect(recordingState({ ...full, wanted: false, attached: false }, sound, LIMITS, NOW).streamOnly).toBe(false);
});

it('tells what never left the box from what the library has to hide', () => {
  const [from, mid, to] = ['2026-11-02T09:00:00.000Z', '2026-11-02T09:00:22.000Z', '2026-11-02T09:01:00.000Z'];
  const redactions = [{ from, to, erasedFrom: from }, { from, to, erasedFrom: mid }];
  expect(recordingState({ ...facts, redactions }, sound, LIMITS, NOW).redactions.map(({ where }) => where)).toEqual(['box', 'both']);
});
