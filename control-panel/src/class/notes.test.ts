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

it('knows the usual troubles in Chinese', () => {
  expect(notesOf(stateWith({ lesson: { phase: 'live' }, sources: [camera] }), zh)[0]?.sentence).toBe('收不到“Camera”的画面，请检查电源和连线。');
});
