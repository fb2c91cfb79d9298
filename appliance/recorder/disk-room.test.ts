import { expect, it } from 'vitest';
import { DiskRoom } from './disk-room.ts';

const program = { width: 640, height: 360, fps: 25, x264Preset: 'superfast', renditions: [{ id: '360p', width: 640, height: 360, bitrateKbps: 872 }] };
const MB = 1_000_000;

it('stays full until there is room enough, by whatever was refused, and says so as long', () => {
  const room = new DiskRoom({ program, disk: { reserveMegabytes: 100 } });
  const takes = (freeMb: number): boolean => {
    try {
      room.need(MB, freeMb * MB);
      return true;
    } catch {
      return false;
    }
  };
  expect([takes(102), room.isFull(102 * MB)]).toEqual([true, false]);
  expect([takes(100.5), room.isFull(100.5 * MB)]).toEqual([false, true]);
  expect([takes(110), room.isFull(110 * MB)]).toEqual([false, true]);
  // Room was made after the class: nobody asks any more.
  expect(room.isFull(112 * MB)).toBe(false);
  expect([takes(112), room.isFull(105 * MB)]).toEqual([true, false]);
});

it('reckons with all that is recorded', () => {
  const hourBytes = (tracks: readonly { kind: string }[]): number => new DiskRoom({ program }, tracks).limits.bytesPerHour;
  expect(hourBytes([])).toBe((1000 * 1000 * 3600) / 8);
  expect(hourBytes([{ kind: 'camera' }, { kind: 'slides' }, { kind: 'microphone' }])).toBe((9128 * 1000 * 3600) / 8);
});
