import { describe, expect, it } from 'vitest';
import { stateWith } from '../shared/state-for-tests.ts';
import { en } from '../words/en.ts';
import { zh } from '../words/zh.ts';
import { afterClass, cloudProof, delayWords, lastKnown, liveProof, recordingProof } from './proofs.ts';

const telling = { words: en, language: 'en', nowMs: Date.parse('2026-09-07T10:30:00Z') } as const;
const live = { phase: 'live', startedAt: '2026-09-07T10:00:00Z' } as const;

describe('the recording is green only when proven', () => {
  it.each([
    [{ lesson: live, recording: { active: true, proven: true, lastFragmentAt: '2026-09-07T10:29:58Z' } }, 'safe', 'Recording, proven 2 s ago'],
    [{ lesson: live, recording: { active: true, doubt: 'There is no sound.' } }, 'look', 'Recording, not proven'],
    [{ lesson: live, recording: { doubt: 'The disk is full.' } }, 'look', 'Not recording now'],
    [{ lesson: { phase: 'live', startedAt: '2026-09-07T10:29:58Z' } }, 'rest', 'Recording is starting'],
    [{ lesson: { phase: 'preparing' } }, 'rest', 'Recording is starting'],
    [{}, 'rest', 'Not recording'],
  ] as const)('%o', (over, tone, sentence) => {
    expect(recordingProof(stateWith(over), telling)).toEqual({ tone, sentence });
  });

  it('says now for a fragment that the box’s clock dates a moment ahead', () => {
    const recording = { active: true, proven: true, lastFragmentAt: '2026-09-07T10:30:03Z' };
    expect(recordingProof(stateWith({ lesson: live, recording }), telling).sentence).toBe('Recording, proven now');
  });
});

describe('live is red only when the edge has seen it', () => {
  it.each([
    [{ lesson: live, stream: { sending: true, seenAtEdge: true, viewers: 3 } }, 'live', 'Live, seen by the edge, 3 viewers'],
    [{ lesson: live, stream: { sending: true, seenAtEdge: true, viewers: 1 } }, 'live', 'Live, seen by the edge, 1 viewer'],
    [{ lesson: live, stream: { sending: true } }, 'look', 'Sending, not yet seen by the edge'],
    [{ lesson: live, stream: { problem: 'No network.' } }, 'look', en.notReaching],
    [{ lesson: live }, 'look', en.notReaching],
    [{ lesson: { phase: 'live', startedAt: '2026-09-07T10:29:59Z' } }, 'rest', 'Going on air'],
    [{}, 'rest', 'Off air'],
    [{ stream: { sending: true, seenAtEdge: true, viewers: 2 } }, 'rest', 'Off air'],
  ] as const)('%o', (over, tone, sentence) => {
    expect(liveProof(stateWith(over), telling)).toEqual({ tone, sentence });
  });
});

describe('after the class', () => {
  const ended = (safe: boolean, endedAt = '2026-09-07T10:29:00Z') => [{ id: 'r', title: 'Optics', endedAt, safe }];

  it('promises the cloud only after the cloud’s verdict', () => {
    const sending = afterClass(stateWith({ cloud: { state: 'uploading', remainingSeconds: 19.2, recordings: ended(false) } }), telling);
    expect(sending).toEqual({
      title: 'Optics',
      box: { tone: 'safe', sentence: 'Safe on the box.' },
      cloud: { tone: 'rest', sentence: 'Safe in the cloud in about 20 s.' },
    });
    const checked = afterClass(stateWith({ cloud: { state: 'uploading', remainingSeconds: 0, recordings: ended(false) } }), telling);
    expect(checked?.cloud).toEqual({ tone: 'rest', sentence: en.safeInCloudLater });
    const safe = afterClass(stateWith({ cloud: { state: 'verified', recordings: ended(true) } }), telling);
    expect(safe?.cloud).toEqual({ tone: 'safe', sentence: 'Safe in the cloud' });
  });

  it('says that a cloud out of reach is waited for', () => {
    const waiting = afterClass(stateWith({ cloud: { state: 'failing', recordings: ended(false) } }), telling);
    expect(waiting?.cloud).toEqual({ tone: 'look', sentence: en.cloudWaiting });
  });

  it('falls silent half an hour after a safe one, never before an unsafe one is safe', () => {
    const old = '2026-09-07T09:00:00Z';
    expect(afterClass(stateWith({ cloud: { recordings: ended(true, old) } }), telling)).toBeNull();
    expect(afterClass(stateWith({ cloud: { recordings: ended(false, old) } }), telling)).not.toBeNull();
    expect(afterClass(stateWith({ lesson: live, cloud: { recordings: ended(true) } }), telling)).toBeNull();
  });
});

it('claims nothing of what was last heard', () => {
  expect(lastKnown({ tone: 'safe', sentence: 'Recording, proven now' }, en)).toEqual({ tone: 'rest', sentence: 'Last known: Recording, proven now' });
});

it('speaks Chinese as well', () => {
  const chinese = { ...telling, words: zh, language: 'zh-CN' } as const;
  const recording = { active: true, proven: true, lastFragmentAt: '2026-09-07T10:29:58Z' };
  expect(recordingProof(stateWith({ lesson: live, recording }), chinese).sentence).toBe('正在录制，2 秒前已验证');
  expect(cloudProof(stateWith({ cloud: { state: 'uploading', pendingBytes: 12_400_000 } }).cloud, chinese).sentence).toContain('12 MB');
  expect(cloudProof(stateWith({ cloud: { state: 'uploading', pendingBytes: 0 } }).cloud, chinese).sentence).toBe(zh.safeInCloudLater);
  expect([delayWords(420, chinese), delayWords(null, chinese)]).toEqual(['延迟 0.4 秒', '']);
});
