import type { CloudState, State } from '#appliance/contract/state.ts';
import { bytes, delay, relative, span } from '#kit/ui/time/format.ts';
import type { Language } from '#kit/ui/words/language.ts';
import type { Words } from '../words/words.ts';

/** One short sentence with its meaning; why it is not as it should be is told by the notes. Red is on air, green is proven, amber wants someone, grey is rest. */
export interface Proof {
  readonly tone: 'live' | 'safe' | 'look' | 'rest';
  readonly sentence: string;
}

export interface Telling {
  readonly words: Words;
  readonly language: Language;
  /** Epoch milliseconds by the box's clock. */
  readonly nowMs: number;
}

type Lesson = State['lesson'];
const isOn = ({ phase }: Lesson) => phase === 'live' || phase === 'paused';

/** What was true when the box was last heard: grey, whatever it was. */
export function lastKnown({ sentence }: Proof, words: Words): Proof {
  return { tone: 'rest', sentence: words.lastKnown(sentence) };
}

/** Green only while the box has proof: bytes on disk, a fragment that decodes, sound in it. */
export function recordingProof({ lesson, recording }: State, { words, language, nowMs }: Telling): Proof {
  if (recording.active && recording.proven) {
    const at = recording.lastFragmentAt === null ? nowMs : Date.parse(recording.lastFragmentAt);
    return { tone: 'safe', sentence: words.recordingProven(relative(Math.min(at, nowMs), nowMs, language)) };
  }
  if (recording.streamOnly) return { tone: 'look', sentence: words.notRecordedNoSpace };
  const young = lesson.startedAt !== null && nowMs - Date.parse(lesson.startedAt) < STARTING_MS;
  if (lesson.phase === 'preparing' || (isOn(lesson) && young)) return { tone: 'rest', sentence: words.recordingStarting };
  if (recording.active) return { tone: 'look', sentence: words.recordingDoubted };
  if (isOn(lesson)) return { tone: 'look', sentence: words.notRecordingNow };
  return { tone: 'rest', sentence: words.notRecording };
}

/** How many of the recording's tracks grow, the program and single sources beside it: empty where there is the program alone. */
export function tracksWords(tracks: State['recording']['tracks'], words: Words): string {
  const growing = tracks.filter(({ proven }) => proven).length;
  return tracks.length < 2 ? '' : words.tracks(growing, tracks.length);
}

/** The proof itself needs a few seconds of recording: no alarm before that. */
const STARTING_MS = 8_000;

/** Red only while the edge says that media of this room arrives. */
export function liveProof({ lesson, stream }: State, { words, nowMs }: Telling): Proof {
  if (!isOn(lesson)) return { tone: 'rest', sentence: lesson.phase === 'preparing' ? words.onAirSoon : words.offAir };
  if (stream.stopped) return { tone: 'look', sentence: words.sendingIsStopped };
  if (stream.seenAtEdge) return { tone: 'live', sentence: words.liveSeen(words.viewers(stream.viewers)) };
  if (lesson.startedAt !== null && nowMs - Date.parse(lesson.startedAt) < STARTING_MS) return { tone: 'rest', sentence: words.onAirSoon };
  if (stream.sending) return { tone: 'look', sentence: words.sendingUnseen };
  return { tone: 'look', sentence: words.notReaching };
}

/** What becomes of recordings in the cloud while a class runs or none does. */
export function cloudProof(cloud: CloudState, { words }: Telling): Proof {
  switch (cloud.state) {
    case 'failing':
      return { tone: 'look', sentence: words.said(cloud.problem) || words.cloudWaiting };
    case 'uploading':
      // What the box holds back during a class is not waiting yet.
      return { tone: 'rest', sentence: cloud.pendingBytes === 0 ? words.safeInCloudLater : words.cloudSending(bytes(cloud.pendingBytes)) };
    case 'verified':
      return { tone: 'safe', sentence: words.cloudUpToDate };
    case 'idle':
      return { tone: 'rest', sentence: words.cloudIdle };
  }
}

export interface AfterClass {
  readonly title: string;
  readonly box: Proof;
  readonly cloud: Proof;
}

const REMEMBERED_MS = 30 * 60_000;

/** The class that has just ended: until the cloud's own verdict, and half an hour beyond the end. Null when there is nothing to say. */
export function afterClass({ lesson, cloud }: State, telling: Telling): AfterClass | null {
  if (lesson.phase !== 'idle') return null;
  const ended = cloud.recordings.filter(({ endedAt }) => endedAt !== null);
  const last = ended.toSorted((a, b) => Date.parse(b.endedAt ?? '') - Date.parse(a.endedAt ?? ''))[0];
  if (last === undefined) return null;
  if (last.safe && telling.nowMs - Date.parse(last.endedAt ?? '') > REMEMBERED_MS) return null;
  return { title: last.title, box: { tone: 'safe', sentence: telling.words.safeOnBox }, cloud: onItsWay(cloud, last.safe, telling) };
}

function onItsWay(cloud: CloudState, safe: boolean, { words, language }: Telling): Proof {
  if (safe) return { tone: 'safe', sentence: words.safeInCloud };
  if (cloud.state === 'failing') return { tone: 'look', sentence: words.said(cloud.problem) || words.cloudWaiting };
  const seconds = cloud.remainingSeconds;
  // Nothing left to send: what the cloud reads back takes a time that nobody knows.
  if (seconds === null || seconds === 0) return { tone: 'rest', sentence: words.safeInCloudLater };
  return { tone: 'rest', sentence: words.safeInCloudIn(span(Math.ceil(seconds) * 1000, language)) };
}

/** "0.4 s behind", or nothing while nobody could measure it. */
export function delayWords(delayMs: number | null, { words, language }: Telling): string {
  return delayMs === null ? '' : words.behind(delay(delayMs, language));
}
