import type { State } from '#appliance/contract/state.ts';
import type { Words } from '../words/words.ts';

/** A sentence the teacher should read, with at most one thing to press. */
export interface Note {
  readonly code: string;
  readonly tone: 'look' | 'rest';
  readonly sentence: string;
  readonly action?: { readonly kind: 'sound-on'; readonly name: string };
}

/** Most important first; the same sentence is not said twice. */
export function notesOf(state: State, words: Words): readonly Note[] {
  const running = state.lesson.phase === 'live' || state.lesson.phase === 'paused';
  const told = new Set(state.notReady.map(({ message }) => message));
  const troubles = running ? sourceNotes(state, words, told) : [];
  const notes = [...(running ? doubtNotes(state, words, told) : []), ...soundNotes(state, words, running), ...reasonNotes(state, words), ...troubles, ...cameraNotes(state, words), ...gapNotes(state, words)];
  return notes.filter((note, at) => notes.findIndex(({ sentence }) => sentence === note.sentence) === at).map(withOwnCode);
}

function soundNotes(state: State, words: Words, running: boolean): Note[] {
  if (state.lesson.phase === 'paused') return [{ code: 'paused', tone: 'rest', sentence: words.pausedSentence }];
  if (!running || !state.muted) return [];
  return [{ code: 'muted', tone: 'look', sentence: words.nobodyHears, action: { kind: 'sound-on', name: words.soundOn } }];
}

function reasonNotes(state: State, words: Words): Note[] {
  return state.notReady.map(({ code, message }) => ({ code, tone: 'look', sentence: words.reason(code, message) }));
}

/** What the box says of a source, unless it is already among the reasons (in whatever language they are shown). */
function sourceNotes(state: State, words: Words, told: ReadonlySet<string>): Note[] {
  const doubtful = state.sources.filter(({ advice }) => advice !== '' && !told.has(advice));
  return doubtful.map(({ id, kind, signal, verdict, name, advice }) => ({
    code: `source-${id}`,
    tone: 'look',
    sentence: words.sourceAdvice(kind, signal === 'ok' ? verdict : signal, name, advice),
  }));
}

function cameraNotes(state: State, words: Words): Note[] {
  if (state.notReady.some(({ code }) => code === 'camera_control_lost')) return [];
  const lost = state.cameras.filter(({ link }) => link === 'lost');
  return lost.map(({ id, name }) => ({ code: `camera-${id}`, tone: 'look', sentence: words.cameraLost(name) }));
}

/** What is missing from the running recording is said, though nothing can be done about it now. */
function gapNotes({ recording }: State, words: Words): Note[] {
  if (!recording.active || recording.gaps.length === 0) return [];
  return [{ code: 'gaps', tone: 'rest', sentence: words.gaps(recording.gaps.length) }];
}

/** Two reasons may share a code (two cameras): a list is drawn by keys that differ. */
function withOwnCode(note: Note, at: number, all: readonly Note[]): Note {
  return all.findIndex(({ code }) => code === note.code) === at ? note : { ...note, code: `${note.code}-${at}` };
}

/** Why the recording is not proven, and why students see nothing: the long form of what the proofs say in short. */
function doubtNotes({ recording, stream }: State, words: Words, told: ReadonlySet<string>): Note[] {
  const doubts = [
    { code: 'recording', said: recording.proven ? '' : recording.doubt },
    { code: 'stream', said: stream.seenAtEdge ? '' : stream.problem },
  ];
  return doubts
    .filter(({ said }) => said !== '' && !told.has(said))
    .map(({ code, said }) => ({ code, tone: 'look', sentence: words.said(said) }));
}
