import { expect, it } from 'vitest';
import { uploadStatus, type UploadFacts } from './status.ts';

const recording = (safe: boolean) => ({
  safe,
  meta: { id: 'r', lesson: '', room: '', title: 'Orbits', teacher: '', startedAt: '2026-11-02T09:00:00Z', endedAt: '2026-11-02T10:00:00Z', gaps: [] },
});

it.each<[string, Partial<UploadFacts>, object]>([
  ['nothing recorded', { problem: 'no permission' }, { state: 'idle', problem: '', remainingSeconds: 0 }],
  ['everything verified', { recordings: [recording(true)], problem: 'no permission' }, { state: 'verified', problem: '' }],
  ['all sent, no verdict yet', { recordings: [recording(false)] }, { state: 'uploading', remainingSeconds: 0 }],
  ['on its way', { recordings: [recording(true), recording(false)], pendingBytes: 1_000, bytesPerSecond: 300 }, { state: 'uploading', remainingSeconds: 4 }],
  ['on its way at an unknown rate', { recordings: [recording(false)], pendingBytes: 1_000 }, { remainingSeconds: null }],
  ['in trouble', { recordings: [recording(false)], problem: 'no cloud' }, { state: 'failing', problem: 'no cloud' }],
  ['one that cannot be read beside those that are safe', { recordings: [recording(true)], unreadable: true, problem: 'bad disk' }, { state: 'failing', problem: 'bad disk' }],
  ['nothing but one that cannot be read', { unreadable: true, problem: 'bad disk' }, { state: 'failing', problem: 'bad disk' }],
])('%s', (_what, facts, expected) => {
  expect(uploadStatus({ recordings: [], pendingBytes: 0, bytesPerSecond: null, unreadable: false, problem: '', ...facts })).toMatchObject(expected);
});
