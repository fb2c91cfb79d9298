import type { Picture } from './timecode.ts';

const BEEP_HZ = 1_000;
/** Windows of 5 ms, moved on by 1 ms, find the beep. */
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
    if (run === needed) onsets.push(onsetNear(samples, at - (needed - 1) * hop, window, sampleRate));
  }
  return onsets;
}

/** Whether most of the window's energy is at 1 kHz. */
function isTone(samples: Float32Array, from: number, length: number, sampleRate: number): boolean {
  const energy = samples.subarray(from, from + length).reduce((sum, sample) => sum + sample * sample, 0);
  return energy / length > 0.002 && toneAmplitude(samples, from, length, sampleRate) ** 2 > energy / length;
}

/**
 * A window that slides back off the tone hears it fall in a straight line: at half the full amplitude its middle is at the onset.
 * `from` is near it.
 */
function onsetNear(samples: Float32Array, from: number, window: number, sampleRate: number): number {
  const cycles = Math.round((4 * sampleRate) / BEEP_HZ);
  const half = toneAmplitude(samples, from + 2 * window, 4 * window, sampleRate) / 2;
  let at = from + 2 * window;
  while (at > Math.max(0, from - 2 * window) && toneAmplitude(samples, at, cycles, sampleRate) > half) at--;
  return at + Math.round(cycles / 2);
}

/** The amplitude of 1 kHz in a window (Goertzel). */
function toneAmplitude(samples: Float32Array, from: number, length: number, sampleRate: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * BEEP_HZ) / sampleRate);
  let [previous, before] = [0, 0];
  for (let index = from; index < from + length; index++) {
    [before, previous] = [previous, (samples[index] ?? 0) + coefficient * previous - before];
  }
  return (2 / length) * Math.sqrt(Math.max(0, previous * previous + before * before - coefficient * previous * before));
}

/** Whether the camera's flash is on: bottom right, 320x180 of 1280x720, white. Self-contained, for browser pages too. */
export function isFlash(picture: Picture): boolean {
  const points = [0.78, 0.84, 0.9, 0.96];
  const bright = points.filter((x) => points.every((y) => picture.luma(Math.floor(x * picture.width), Math.floor(y * picture.height)) > 200));
  return bright.length === points.length;
}
