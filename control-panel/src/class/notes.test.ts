import { expect, it } from 'vitest';
import { stateWith } from '../shared/state-for-tests.ts';
import { en } from '../words/en.ts';
import { zh } from '../words/zh.ts';
import { notesOf } from './notes.ts';

const camera = {
  id: 'camera',
  name: 'Camera',
  kind: 'camera',
  signal: 'lost',
  verdict: 'ok',
  fps: 0,
  width: 0,
  height: 0,
  levelDbfs: -90,
  advice: 'No picture from the camera. Check its power and cable.',
  note: '',
  still: false,
  droppedFrames: 0,
  latencyMs: null,
  driftPpm: null,
} as const;

it('has nothing to say of a ready room', () => {
  expect(notesOf(stateWith({}), en)).toEqual([]);
});

it('passes on why the room is not ready, in the box’s order', () => {
  const notReady = [
    { code: 'disk_low', message: 'The disk is nearly full.' },
    { code: 'other', message: 'Something else.' },
  ];
  expect(notesOf(stateWith({ notReady }), en).map(({ sentence }) => sentence)).toEqual(['The disk is nearly full.', 'Something else.']);
});

it('tells the long form of what the proofs say in short, the recording first', () => {
  const doubtful = stateWith({
    lesson: { phase: 'live' },
    recording: { active: true, doubt: 'The disk is full.' },
    stream: { sending: true, problem: 'The edge does not answer.' },
  });
  expect(notesOf(doubtful, en).map(({ sentence }) => sentence)).toEqual(['The disk is full.', 'The edge does not answer.']);
});

it('offers the sound back while a running class is silent', () => {
  const [note] = notesOf(stateWith({ lesson: { phase: 'live' }, muted: true }), en);
  expect(note).toMatchObject({ code: 'muted', action: { name: 'Sound on' } });
  expect(notesOf(stateWith({ muted: true }), en)).toEqual([]);
});

it('says once what the box says twice, and of sources only while they matter', () => {
  const notReady = [{ code: 'camera', message: camera.advice }];
  expect(notesOf(stateWith({ lesson: { phase: 'live' }, notReady, sources: [camera] }), en)).toHaveLength(1);
  expect(notesOf(stateWith({ sources: [camera] }), en)).toEqual([]);
});

const since = '2026-09-07T10:30:00Z';

it.each<[string, Parameters<typeof stateWith>[0], string, object | undefined]>([
  ['a laptop that waits', { share: { waiting: { id: 't', name: 'Tom', since } } }, 'laptop', { kind: 'allow-laptop', id: 't' }],
  ['sending that was stopped', { lesson: { phase: 'live' }, stream: { stopped: true } }, 'stopped', { kind: 'send-again' }],
  ['a class that ends by itself', { lesson: { phase: 'live' }, schedule: { ending: { at: since, reason: 'next-class', warn: true } } }, 'ending', { kind: 'ten-more' }],
  ['a rehearsal that found something', { rehearsal: { verdict: 'at-risk', checks: [{ code: 'disk', ok: false, message: 'Full.', advice: 'Clear it.' }] } }, 'rehearsal-disk', { kind: 'rehearse' }],
  ['a class that was missed', { schedule: { missed: [{ id: 'c', title: 'Chemistry', teacher: '', startsAt: since, endsAt: since, state: 'missed' }] } }, 'missed-c', undefined],
  ['a disk that fills', { recording: { disk: { freeHours: 1.4, level: 'low', message: '' } } }, 'disk', undefined],
  ['what was erased', { lesson: { phase: 'live' }, recording: { active: true, proven: true, redactions: [{ from: since, to: since, where: 'box' }] } }, 'erased', undefined],
])('tells of %s, with the one thing to do about it', (_what, over, code, act) => {
  const [note] = notesOf(stateWith(over), en);
  expect([note?.code, note?.action?.act]).toEqual([code, act]);
});

it('says on which day a class was missed', () => {
  const yesterday = stateWith({ at: '2026-09-07T08:00:00Z', schedule: { missed: [{ id: 'c', title: 'Chemistry', teacher: '', startsAt: '2026-09-06T08:00:00Z', endsAt: '2026-09-06T09:00:00Z', state: 'missed' }] } });
  expect(notesOf(yesterday, en)[0]?.sentence).toMatch(/^“Chemistry” \(yesterday, \d\d:\d\d\) was not held: nothing of it was recorded\.$/);
  expect(notesOf(yesterday, zh)[0]?.sentence).toMatch(/^昨天 \d\d:\d\d 的“Chemistry”没有上课，也没有录像。$/);
});

it('leaves to the health page what is said otherwise, or threatens no class', () => {
  const alarm = { message: 'Something.', advice: 'Do it.', since };
  const alarms = [
    { ...alarm, code: 'picture_lost:camera', severity: 'critical' as const },
    { ...alarm, code: 'overheating', severity: 'critical' as const },
    { ...alarm, code: 'cpu_busy', severity: 'warning' as const },
  ];
  expect(notesOf(stateWith({ health: { verdict: 'critical', alarms } }), en).map(({ code }) => code)).toEqual(['health-overheating']);
});

it('turns a source down that distorts', () => {
  const source = { id: 'mic', gainDb: 3, delayMs: 0, muted: false, backup: false, onAir: true, levelDbfs: -3, peakDbfs: 0, driftPpm: null };
  const sound = { sources: [source], alarms: [{ code: 'clipping', source: 'mic', message: 'Too loud.', since } as const] };
  const [note] = notesOf(stateWith({ lesson: { phase: 'live' }, sound }), en);
  expect(note).toMatchObject({ sentence: 'Too loud.', action: { act: { kind: 'turn-down', source: 'mic', gainDb: -3 } } });
});

it('says of a stopped stream and of a full disk only what is wanted of somebody', () => {
  const stopped = stateWith({ lesson: { phase: 'live' }, stream: { stopped: true, problem: 'Nothing arrives.' }, recording: { streamOnly: true, doubt: 'The disk is full.' } });
  expect(notesOf(stopped, en).map(({ code }) => code)).toEqual(['stopped']);
});

it('knows the usual troubles in Chinese', () => {
  expect(notesOf(stateWith({ lesson: { phase: 'live' }, sources: [camera] }), zh)[0]?.sentence).toBe('收不到“Camera”的画面，请检查电源和连线。');
});
