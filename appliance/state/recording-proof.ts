import type { DiskState, RecordingState } from '../contract/recording.ts';
import { grewWithin, type MovedBytes } from './moved-bytes.ts';

/** What the recorder and the disk report; nothing in it is an intention. */
export interface RecordingFacts {
  readonly id: string | null;
  readonly attached: boolean;
  /** Size of the files on disk as the file system tells it. */
  readonly onDisk: MovedBytes;
  readonly lastFragmentAtMs: number | null;
  /** Whether the newest fragment that was looked at could be decoded; null before the first look. */
  readonly decoded: boolean | null;
  readonly gaps: readonly { readonly fromMs: number; readonly toMs: number; readonly reason: string }[];
  readonly freeBytes: number;
  /** One sentence from the recorder when it is in trouble, else empty. */
  readonly problem: string;
}

export interface SoundFacts {
  /** Epoch ms when the program was last louder than silence. */
  readonly heardAtMs: number;
  /** Nobody expects sound: muted, paused, or a room that is meant to be silent. */
  readonly silenceExpected: boolean;
}

const GROWN_MS = 3_000;
const SILENCE_MS = 10_000;

export function recordingState(facts: RecordingFacts, sound: SoundFacts, bytesPerHour: number, nowMs: number): RecordingState {
  const active = facts.attached && grewWithin(facts.onDisk, GROWN_MS, nowMs);
  const doubt = facts.attached ? doubtOf(facts, sound, active, nowMs) : '';
  const disk = diskState(facts.freeBytes, bytesPerHour);
  return {
    id: facts.id,
    active,
    proven: active && doubt === '',
    doubt,
    bytes: facts.onDisk.bytes,
    lastFragmentAt: facts.lastFragmentAtMs === null ? null : new Date(facts.lastFragmentAtMs).toISOString(),
    gaps: facts.gaps.map((gap) => ({ from: new Date(gap.fromMs).toISOString(), to: new Date(gap.toMs).toISOString(), reason: gap.reason })),
    freeHours: disk.freeHours,
    tracks: facts.id === null ? [] : [{ id: 'program', kind: 'program', bytes: facts.onDisk.bytes, proven: active && doubt === '' }],
    pauses: [],
    heldBackSeconds: 0,
    redactions: [],
    disk,
    streamOnly: facts.attached && !active && disk.level === 'full',
  };
}

function doubtOf(facts: RecordingFacts, sound: SoundFacts, active: boolean, nowMs: number): string {
  if (facts.problem !== '') return facts.problem;
  if (!active) return 'Nothing was written to the disk for 3 seconds.';
  if (facts.decoded === false) return 'The last piece of the recording could not be played back.';
  if (facts.decoded === null) return 'The recording has just begun and was not checked yet.';
  if (!sound.silenceExpected && nowMs - sound.heardAtMs > SILENCE_MS) return 'There was no sound for 10 seconds. Check the microphone.';
  return '';
}

const LOW_HOURS = 2;
const FULL_HOURS = 0.05;

function diskState(freeBytes: number, bytesPerHour: number): DiskState {
  const freeHours = Math.round((freeBytes / bytesPerHour) * 10) / 10;
  if (freeHours > LOW_HOURS) return { freeHours, level: 'ok', message: '' };
  if (freeHours > FULL_HOURS) return { freeHours, level: 'low', message: `The disk has room for ${freeHours.toFixed(1)} hours of recording. Ask for it to be cleared.` };
  return { freeHours, level: 'full', message: 'The disk is full: the class goes to the students and is not recorded. Ask support to make room.' };
}
