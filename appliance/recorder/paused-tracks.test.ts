import { beforeEach, expect, it } from 'vitest';
import type { MediaPacket } from '#kit/media/packet.ts';
import { PausedTracks } from './paused-tracks.ts';

const SECOND_US = 1_000_000;
let paused: PausedTracks;
beforeEach(() => {
  paused = new PausedTracks();
});

function sound(atSeconds: number): boolean {
  return paused.admits('mic', { kind: 'audio', captureUs: atSeconds * SECOND_US } as MediaPacket);
}

function picture(atSeconds: number, keyframe: boolean): boolean {
  return paused.admits('board', { kind: 'video', keyframe, captureUs: atSeconds * SECOND_US } as MediaPacket);
}

it('lets everything through where no pause was', () => {
  expect([sound(1), picture(1, false)]).toEqual([true, true]);
});

it('keeps out what was captured in a pause, and not what comes late from before it', () => {
  paused.set(true, 10 * SECOND_US);
  expect([sound(9.9), sound(10), sound(60)]).toEqual([true, false, false]);
  paused.set(false, 61 * SECOND_US);
  expect([sound(60.9), sound(61)]).toEqual([false, true]);
});

it('goes on with pictures from the first keyframe after it', () => {
  paused.set(true, 10 * SECOND_US);
  expect([picture(10, true), picture(11, false)]).toEqual([false, false]);
  paused.set(false, 12 * SECOND_US);
  expect([picture(12, false), picture(12.5, true), picture(12.6, false)]).toEqual([false, true, true]);
});

it('takes each press for what it is, said twice or not', () => {
  paused.set(false, 5 * SECOND_US);
  paused.set(true, 10 * SECOND_US);
  paused.set(true, 20 * SECOND_US);
  paused.set(false, 30 * SECOND_US);
  paused.set(true, 30.2 * SECOND_US);
  expect([sound(15), sound(30.1), sound(29.9), sound(40)]).toEqual([false, true, false, false]);
});
