import { expect, test } from 'vitest';
import type { AudioPacket } from '#kit/media/packet.ts';
import { Silence } from './silence.ts';

const FRAME_US = (1024 * 1_000_000) / 48_000;
const ERA = { msn: 7, startUs: 1_000_000_000, era: 3, originUs: 0 };
const at = (seconds: number): number => ERA.startUs + seconds * 1_000_000;
const sound = (captureUs: number): AudioPacket => ({ kind: 'audio', codec: 'aac', captureUs, durationUs: FRAME_US, channels: 1, data: Buffer.alloc(4) });

/** A picture each 40 ms from one second to another; answers when the silence among it begins and how long it is, in seconds. */
function pictures(silence: Silence, from: number, to: number, era = ERA): [number | null, number] {
  const packets = Array.from({ length: Math.round((to - from) * 25) }, (_, index) => silence.due(at(from + index / 25), era, 1)).flat();
  const first = packets[0]?.captureUs;
  return [first === undefined ? null : (first - ERA.startUs) / 1_000_000, Math.round((packets.length * FRAME_US) / 100_000) / 10];
}

test('comes after two seconds without sound, from where sound ended, and stays just behind the picture', () => {
  const silence = new Silence();
  expect(pictures(silence, 0, 1)).toEqual([null, 0]);
  expect(silence.heard(sound(at(0.9)))).toEqual([]);
  expect(pictures(silence, 1, 2.9)).toEqual([null, 0]);
  const [begins, seconds] = pictures(silence, 2.9, 5);
  expect(begins).toBeCloseTo(0.9 + FRAME_US / 1e6, 3);
  expect(seconds).toBe(3.8);
});

test('ends with the first sound, after it has filled the time up to that', () => {
  const silence = new Silence();
  pictures(silence, 0, 5);
  expect(silence.heard(sound(at(4.9))).length).toBe(6);
  expect(silence.heard(sound(at(5.1)))).toEqual([]);
  expect(pictures(silence, 5, 6.9)).toEqual([null, 0]);
});

test('never takes the place of sound that is late, however late', () => {
  const silence = new Silence();
  for (let second = 0; second < 20; second += 1) {
    expect(pictures(silence, second, second + 1)).toEqual([null, 0]);
    silence.heard(sound(at(second - 6)));
  }
});

test('begins with a new era, and is bounded', () => {
  const silence = new Silence();
  silence.due(at(0), ERA, 2);
  expect(silence.due(at(3_600), ERA, 2).length).toBeLessThan(500);
  expect(pictures(silence, -60, -57, { ...ERA, era: 4, startUs: at(-60) })).toEqual([-60, 2.8]);
});
