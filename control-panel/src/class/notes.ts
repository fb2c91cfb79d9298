import type { State } from '#appliance/contract/state.ts';
import { turnedDown } from '../sound/gain.ts';
import type { Words } from '../words/words.ts';

/** The one thing that a note offers to do. */
export type NoteAct =
  | { readonly kind: 'sound-on' | 'send-again' | 'rehearse' | 'ten-more' }
  | { readonly kind: 'allow-laptop'; readonly id: string }
  | { readonly kind: 'turn-down'; readonly source: string; readonly gainDb: number };

/** A sentence the teacher should read, with at most one thing to press. */
export interface Note {
  readonly code: string;
  readonly tone: 'look' | 'rest';
  readonly sentence: string;
  readonly action?: { readonly name: string; readonly act: NoteAct };
}

/** Most important first; the same sentence is not said twice. */
export function notesOf(state: State, words: Words): readonly Note[] {
  const running = state.lesson.phase === 'live' || state.lesson.phase === 'paused';
  const told = new Set(state.notReady.map(({ message }) => message));
  const notes = [
    ...(running ? doubtNotes(state, words, told) : []),
    ...laptopNotes(state, words),
    ...(running ? sendingNotes(state, words) : []),
    ...soundNotes(state, words, running),
    ...endingNotes(state, words),
    ...reasonNotes(state, words),
    ...(running ? sourceNotes(state, words, told) : rehearsalNotes(state, words, told)),
    ...cameraNotes(state, words),
    ...diskNotes(state, words),
    ...healthNotes(state, words, told),
    ...(running ? [] : missedNotes(state, words)),
    ...recordedNotes(state, words),
  ];
  return notes.filter((note, at) => notes.findIndex(({ sentence }) => sentence === note.sentence) === at).map(withOwnCode);
}

/** Why the recording is not proven, and why students see nothing: the long form of what the proofs say in short. */
function doubtNotes({ recording, stream }: State, words: Words, told: ReadonlySet<string>): Note[] {
  const doubts = [
    { code: 'recording', said: recording.proven || recording.streamOnly ? '' : recording.doubt },
    { code: 'stream', said: stream.seenAtEdge || stream.stopped ? '' : stream.problem },
  ];
  return doubts
    .filter(({ said }) => said !== '' && !told.has(said))
    .map(({ code, said }) => ({ code, tone: 'look', sentence: words.said(said) }));
}

function laptopNotes({ share }: State, words: Words): Note[] {
  if (share.waiting === null) return [];
  const { id, name } = share.waiting;
  return [{ code: 'laptop', tone: 'look', sentence: words.laptopWaits(name), action: { name: words.allowLaptop, act: { kind: 'allow-laptop', id } } }];
}

function sendingNotes({ stream }: State, words: Words): Note[] {
  if (!stream.stopped) return [];
  return [{ code: 'stopped', tone: 'look', sentence: words.sendingStopped, action: { name: words.sendNow, act: { kind: 'send-again' } } }];
}

function soundNotes(state: State, words: Words, running: boolean): Note[] {
  if (state.lesson.phase === 'paused') return [];
  const muted: Note[] = running && state.muted ? [{ code: 'muted', tone: 'look', sentence: words.nobodyHears, action: { name: words.soundOn, act: { kind: 'sound-on' } } }] : [];
  return [...muted, ...alarmNotes(state, words)];
}

function alarmNotes({ sound, sources }: State, words: Words): Note[] {
  return sound.alarms.map(({ code, source, message }) => {
    const name = sources.find(({ id }) => id === source)?.name ?? '';
    const note: Note = { code: `sound-${code}-${source ?? 'program'}`, tone: 'look', sentence: words.soundAlarm(code, name, message) };
    const loud = code === 'clipping' ? sound.sources.find(({ id }) => id === source) : undefined;
    if (loud === undefined) return note;
    return { ...note, action: { name: words.turnDown, act: { kind: 'turn-down', source: loud.id, gainDb: turnedDown(loud.gainDb) } } };
  });
}

/** The box ends the class by itself soon. */
function endingNotes({ schedule }: State, words: Words): Note[] {
  if (schedule.ending?.warn !== true) return [];
  return [{ code: 'ending', tone: 'look', sentence: words.endsByItself(schedule.ending.reason), action: { name: words.tenMore, act: { kind: 'ten-more' } } }];
}

function reasonNotes(state: State, words: Words): Note[] {
  return state.notReady.map(({ code, message }) => ({ code, tone: 'look', sentence: words.reason(code, message) }));
}

/** What the box says of a source, unless it is already among the reasons (in whatever language they are shown). */
function sourceNotes(state: State, words: Words, told: ReadonlySet<string>): Note[] {
  const alarmed = new Set(state.sound.alarms.map(({ source }) => source));
  const doubtful = state.sources.filter(({ id, advice }) => advice !== '' && !told.has(advice) && !alarmed.has(id));
  return doubtful.map(({ id, kind, signal, verdict, name, advice }) => ({
    code: `source-${id}`,
    tone: 'look',
    sentence: words.sourceAdvice(kind, signal === 'ok' ? verdict : signal, name, advice),
  }));
}

/** What the rehearsal found, with the way to see whether it is better now. */
function rehearsalNotes({ rehearsal }: State, words: Words, told: ReadonlySet<string>): Note[] {
  if (rehearsal.verdict !== 'at-risk') return [];
  const failed = rehearsal.checks.filter(({ ok, message, advice }) => !ok && !told.has(advice) && !told.has(message));
  return failed.map(({ code, message, advice }, at) => ({
    code: `rehearsal-${code}`,
    tone: 'look',
    sentence: words.rehearsed(code, `${message} ${advice}`.trim()),
    ...(at === 0 ? { action: { name: words.checkAgain, act: { kind: 'rehearse' } } } : {}),
  }));
}

function cameraNotes(state: State, words: Words): Note[] {
  if (state.notReady.some(({ code }) => code === 'camera_control_lost')) return [];
  const lost = state.cameras.filter(({ link }) => link === 'lost');
  return lost.map(({ id, name }) => ({ code: `camera-${id}`, tone: 'look', sentence: words.cameraLost(name) }));
}

/** A full disk during a class is said larger than by a note. */
function diskNotes({ recording, notReady }: State, words: Words): Note[] {
  const { level, freeHours, message } = recording.disk;
  if (level === 'ok' || recording.streamOnly || notReady.some(({ code }) => code === 'disk_nearly_full')) return [];
  return [{ code: 'disk', tone: 'look', sentence: words.diskLow(Math.floor(freeHours), message) }];
}

/** Of yesterday too: who comes in the morning is the first to read of a class that was missed in the evening. */
function missedNotes({ schedule, at }: State, words: Words): Note[] {
  return schedule.missed.map(({ id, title, startsAt }) => ({ code: `missed-${id}`, tone: 'look', sentence: words.missed(title, startsAt, at) }));
}

/** Alarms about what this page tells from the state itself, and sooner. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set(['not_recording', 'recording_in_doubt', 'students_see_nothing', 'picture_lost', 'microphone_lost', 'disk_full']);

/** What only an administrator can mend is on the health page; what threatens the class is said here. */
function healthNotes({ health }: State, words: Words, told: ReadonlySet<string>): Note[] {
  return health.alarms
    .filter(({ code, severity, message, advice }) => severity === 'critical' && !TOLD_ELSEWHERE.has(code.split(':')[0] ?? '') && !told.has(message) && !told.has(advice))
    .map(({ code, message, advice }) => ({ code: `health-${code}`, tone: 'look', sentence: words.healthAlarm(code, `${message} ${advice}`.trim()) }));
}

/** What is missing from the running recording is said, though nothing can be done about it now. */
function recordedNotes({ recording }: State, words: Words): Note[] {
  if (!recording.active) return [];
  const gaps: Note[] = recording.gaps.length > 0 ? [{ code: 'gaps', tone: 'rest', sentence: words.gaps(recording.gaps.length) }] : [];
  const erased: Note[] = recording.redactions.length > 0 ? [{ code: 'erased', tone: 'rest', sentence: words.erasedSpans(recording.redactions.length) }] : [];
  return [...gaps, ...erased];
}

/** Two reasons may share a code (two cameras): a list is drawn by keys that differ. */
function withOwnCode(note: Note, at: number, all: readonly Note[]): Note {
  return all.findIndex(({ code }) => code === note.code) === at ? note : { ...note, code: `${note.code}-${at}` };
}
