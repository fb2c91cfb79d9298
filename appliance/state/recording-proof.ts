import type { DiskState, RecordedTrack, RecordingState } from '../contract/recording.ts';
import type { TrackOnDisk } from './disk-watch.ts';

/**
 * What the recorder and the disk report; nothing in it is an intention. Times in ms are the machine's monotonic clock, which nobody can
 * set and which runs on while a process is frozen.
 */
export interface RecordingFacts {
  readonly id: string | null;
  /** A class runs that is to be recorded. */
  readonly wanted: boolean;
  readonly attached: boolean;
  readonly tracks: readonly { readonly id: string; readonly kind: RecordedTrack['kind'] }[];
  readonly onDisk: readonly TrackOnDisk[];
  /** Epoch ms. */
  readonly lastFragmentAtMs: number | null;
  readonly soundAtMs: number | null;
  readonly proof: { readonly atMs: number; readonly picture: boolean; readonly silentLooks: number } | null;
  readonly gaps: readonly { readonly fromMs: number; readonly toMs: number; readonly reason: string }[];
  readonly pauses: RecordingState['pauses'];
  readonly redactions: readonly { readonly from: string; readonly to: string; readonly erasedFrom: string }[];
  readonly freeBytes: number;
  /** Nothing more is written: what is free is kept for the rest of the box. */
  readonly isDiskFull: boolean;
  /** One sentence from the recorder when it is in trouble, else empty. */
  readonly problem: string;
}

export interface SoundFacts {
  /** Monotonic ms when the program was last louder than silence. */
  readonly heardAtMs: number;
  /** Nobody expects sound: muted, paused, or a room that is meant to be silent. */
  readonly silenceExpected: boolean;
}

export interface DiskLimits {
  readonly bytesPerHour: number;
  /** Kept for everything else that lives on the disk. */
  readonly reserveBytes: number;
}

const GROWN_MS = 3_000;
const SILENCE_MS = 10_000;
/** A look takes place every 10 s and is given 8 s. */
const PROOF_STALE_MS = 20_000;
const SOUND_STALE_MS = 5_000;
/** One silent second in a class is a pause for breath; this many looks in a row while the room is heard are a fault. */
const SILENT_LOOKS = 2;
/** The room counts as heard while its last sound is younger than this, ms. */
const HEARD_NOW_MS = 2_000;
const HELD_BACK_SECONDS = 45;

export function recordingState(facts: RecordingFacts, sound: SoundFacts, limits: DiskLimits, nowMs: number): RecordingState {
  const program = facts.onDisk.find(({ track }) => track === '');
  const active = facts.attached && facts.problem === '' && grew(program, nowMs);
  // Until its files are closed too: a recording that was in doubt is not proven by the press of End.
  const doubt = facts.wanted || facts.attached ? doubtOf(facts, sound, active, nowMs) : '';
  const disk = diskState(facts.freeBytes, facts.isDiskFull, limits);
  return {
    id: facts.id,
    active,
    proven: active && doubt === '',
    doubt,
    bytes: program?.bytes ?? 0,
    lastFragmentAt: facts.lastFragmentAtMs === null ? null : new Date(facts.lastFragmentAtMs).toISOString(),
    gaps: facts.gaps.map((gap) => ({ from: new Date(gap.fromMs).toISOString(), to: new Date(gap.toMs).toISOString(), reason: gap.reason })),
    freeHours: disk.freeHours,
    tracks: facts.tracks.map((track) => trackState(track, facts, active && doubt === '', nowMs)),
    pauses: [...facts.pauses],
    heldBackSeconds: facts.attached ? HELD_BACK_SECONDS : 0,
    redactions: facts.redactions.map(({ from, to, erasedFrom }) => ({ from, to, where: erasedFrom > from ? 'both' : 'box' })),
    disk,
    streamOnly: facts.wanted && !active && disk.level === 'full',
  };
}

function grew(track: TrackOnDisk | undefined, nowMs: number): boolean {
  return track !== undefined && nowMs - track.grewAtMs <= GROWN_MS;
}

function trackState({ id, kind }: RecordingFacts['tracks'][number], facts: RecordingFacts, isProgramProven: boolean, nowMs: number): RecordedTrack {
  const onDisk = facts.onDisk.find(({ track }) => track === (kind === 'program' ? '' : id));
  return { id, kind, bytes: onDisk?.bytes ?? 0, proven: kind === 'program' ? isProgramProven : facts.attached && grew(onDisk, nowMs) };
}

function doubtOf(facts: RecordingFacts, sound: SoundFacts, active: boolean, nowMs: number): string {
  const { problem, proof, soundAtMs } = facts;
  if (problem !== '') return problem;
  if (!active) return 'Nothing was written to the disk for 3 seconds.';
  if (proof === null) return 'The recording has just begun and was not checked yet.';
  if (!proof.picture) return 'The last piece of the recording could not be played back.';
  if (nowMs - proof.atMs > PROOF_STALE_MS) return 'The recording could not be checked for 20 seconds.';
  if (soundAtMs === null || nowMs - soundAtMs > SOUND_STALE_MS) return 'The recording has no sound: its encoder gives none. It is restarted by itself.';
  if (sound.silenceExpected) return '';
  if (nowMs - sound.heardAtMs > SILENCE_MS) return 'There was no sound for 10 seconds. Check the microphone.';
  return isLostOnTheWay(proof, sound) ? 'The room is heard, but the recording is silent. Tell support.' : '';
}

/** The room was loud when the newest pieces were looked at, and what was recorded of it is not. */
function isLostOnTheWay({ atMs, silentLooks }: NonNullable<RecordingFacts['proof']>, { heardAtMs }: SoundFacts): boolean {
  return silentLooks >= SILENT_LOOKS && heardAtMs >= atMs - HEARD_NOW_MS;
}

const LOW_HOURS = 2;

export function diskState(freeBytes: number, isFull: boolean, { bytesPerHour, reserveBytes }: DiskLimits): DiskState {
  const room = Math.max(0, freeBytes - reserveBytes);
  const freeHours = Math.round((room / bytesPerHour) * 10) / 10;
  if (isFull || room === 0) return { freeHours, level: 'full', message: 'The disk is full: the class goes to the students and is not recorded. Ask support to make room.' };
  if (freeHours > LOW_HOURS) return { freeHours, level: 'ok', message: '' };
  return { freeHours, level: 'low', message: `The disk has room for ${freeHours.toFixed(1)} hours of recording. Ask for it to be cleared.` };
}
