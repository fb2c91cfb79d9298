import type { Picture } from './timecode.ts';

const BEEP_HZ = 1_000;
/** The energy of 5 ms windows, moved on by 1 ms, finds the beep; then its first loud sample is sought. */
const WINDOW_S = 0.005;
const HOP_S = 0.001;

/**
 * The samples at which a 1 kHz beep begins, in mono PCM of -1 to 1. A beep is 60 ms or more in which the tone has half the energy.
 * Right to about a millisecond.
 */
export function findBeeps(samples: Float32Array, sampleRate: number): number[] {
  const window = Math.round(WINDOW_S * sampleRate);
  const hop = Math.round(HOP_S * sampleRate);
  const needed = Math.round(0.06 / HOP_S);
  const onsets: number[] = [];
  let run = 0;
  for (let at = 0; at + window <= samples.length; at += hop) {
    run = isTone(samples, at, window, sampleRate) ? run + 1 : 0;
    if (run === needed) onsets.push(onsetNear(samples, at - (needed - 1) * hop, window));
  }
  return onsets;
}

/** Whether most of the window's energy is at 1 kHz (Goertzel). */
function isTone(samples: Float32Array, from: number, length: number, sampleRate: number): boolean {
  const coefficient = 2 * Math.cos((2 * Math.PI * BEEP_HZ) / sampleRate);
  let [previous, before, energy] = [0, 0, 0];
  for (let index = from; index < from + length; index++) {
    const sample = samples[index] ?? 0;
    energy += sample * sample;
    [before, previous] = [previous, sample + coefficient * previous - before];
  }
  const power = previous * previous + before * before - coefficient * previous * before;
  return energy / length > 0.002 && power > 0.5 * energy * (length / 2);
}

/** The first sample, from half a window before the first window that rang, that reaches a quarter of the tone's peak. */
function onsetNear(samples: Float32Array, from: number, window: number): number {
  const peak = samples.subarray(from, from + 8 * window).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  for (let index = Math.max(0, from - window); index < samples.length; index++) {
    if (Math.abs(samples[index] ?? 0) > peak * 0.25) return index;
  }
  return from;
}

/** Whether the camera's flash is on: bottom right, 320x180 of 1280x720, white. Self-contained, for browser pages too. */
export function isFlash(picture: Picture): boolean {
  const points = [0.78, 0.84, 0.9, 0.96];
  const bright = points.filter((x) => points.every((y) => picture.luma(Math.floor(x * picture.width), Math.floor(y * picture.height)) > 200));
  return bright.length === points.length;
}
