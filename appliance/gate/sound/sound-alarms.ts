import type { SoundAlarm } from '#appliance/contract/sound.ts';

/** What is known of the sound twice a second. */
export interface SoundFacts {
  /** The microphones are open: in a class or its lead time. */
  readonly captured: boolean;
  /** And they are meant to be heard: not muted, not paused. */
  readonly expected: boolean;
  /** The class that runs; null in the lead time, when nobody has to be there yet. */
  readonly classId: string | null;
  /** Loudest of the sources on air, before the leveller, dBFS RMS. */
  readonly levelDbfs: number;
  readonly clipping: readonly string[];
  /** Sources that failed, and the backups on air for them. */
  readonly failed: readonly string[];
  /** Something gives sound beside what failed, and nobody muted it. */
  readonly hasOthers: boolean;
  readonly backups: readonly string[];
}

export interface AlarmRoom {
  nameOf(id: string): string;
}

export interface Moment {
  /** On the machine's monotonic clock: what lasts is measured by it, whatever somebody sets. */
  readonly atMs: number;
  /** Since 1970, for people. */
  readonly wallMs: number;
}

/** Times are of the monotonic clock. */
export interface SoundWatch {
  readonly classId: string | null;
  /** When sound was last heard, or first expected; null while none is expected. */
  readonly quietSinceMs: number | null;
  readonly heardOnce: boolean;
  /** When each source was last too loud. */
  readonly clippedAtMs: Readonly<Record<string, number>>;
  readonly alarms: readonly SoundAlarm[];
}

export const ALL_WELL: SoundWatch = { classId: null, quietSinceMs: null, heardOnce: false, clippedAtMs: {}, alarms: [] };

const QUIET_DBFS = -60;
const SILENT_AFTER_MS = 10_000;
/** Nobody has spoken yet: the room may still be filling. */
const SILENT_FROM_THE_START_AFTER_MS = 300_000;
const CLIPPING_SHOWN_MS = 3_000;

/** What is wrong with the sound now (pure). An alarm keeps the time at which it began. */
export function next(before: SoundWatch, facts: SoundFacts, room: AlarmRoom, { atMs, wallMs }: Moment): SoundWatch {
  if (!facts.captured) return ALL_WELL;
  const { classId } = facts;
  const { quietSinceMs, heardOnce, isSilent } = listened(before, facts, atMs);
  // After a pause, or a press of mute, the room that was heard before has not just begun to fill.
  if (!facts.expected) return { ...ALL_WELL, classId, heardOnce };
  const clippedAtMs = { ...before.clippedAtMs, ...Object.fromEntries(facts.clipping.map((id) => [id, atMs])) };
  const clipping = Object.keys(clippedAtMs).filter((id) => atMs - (clippedAtMs[id] ?? 0) < CLIPPING_SHOWN_MS);
  // Where nothing is left but what failed, its own alarm says why nothing is heard.
  const isUnexplained = isSilent && (facts.failed.length === 0 || facts.hasOthers);
  const found = [...failures(facts, room, classId !== null && !isSilent), ...(isUnexplained ? [silence(heardOnce)] : []), ...clipping.map((id) => tooLoud(id, room))];
  return { classId, quietSinceMs, heardOnce, clippedAtMs, alarms: found.map((alarm) => ({ ...alarm, since: sinceOf(alarm, before.alarms, wallMs) })) };
}

/** Silence is waited for from Start on: what was heard in the lead time, a door or the class before, is no sign that the microphone hears this one. */
function listened(before: SoundWatch, { classId, expected, levelDbfs }: SoundFacts, atMs: number): Pick<SoundWatch, 'quietSinceMs' | 'heardOnce'> & { readonly isSilent: boolean } {
  if (classId === null) return { quietSinceMs: null, heardOnce: false, isSilent: false };
  const { quietSinceMs: sinceMs, heardOnce: wasHeard } = classId === before.classId ? before : ALL_WELL;
  if (!expected) return { quietSinceMs: null, heardOnce: wasHeard, isSilent: false };
  const isHeard = levelDbfs > QUIET_DBFS;
  const heardOnce = wasHeard || isHeard;
  const quietSinceMs = isHeard ? atMs : (sinceMs ?? atMs);
  return { quietSinceMs, heardOnce, isSilent: atMs - quietSinceMs >= (heardOnce ? SILENT_AFTER_MS : SILENT_FROM_THE_START_AFTER_MS) };
}

type Found = Omit<SoundAlarm, 'since'>;

function failures({ failed, backups }: SoundFacts, room: AlarmRoom, isClassHeard: boolean): Found[] {
  const lost = failed.map((id): Found => ({
    code: 'microphone-lost', source: id,
    message: `No sound comes from ${room.nameOf(id)}. Check that it is switched on, charged and plugged in; it comes back by itself.`,
  }));
  const backup = backups.map((id): Found => ({
    code: 'backup-in-use', source: id, message: `${room.nameOf(id)} stands in.${isClassHeard ? ' The class is heard, perhaps less clearly.' : ''}`,
  }));
  return [...lost, ...backup];
}

function silence(heardOnce: boolean): Found {
  const since = heardOnce ? '10 seconds' : '5 minutes';
  return { code: 'silent', source: null, message: `Nothing has been heard for ${since}. Check that the microphone is switched on and not muted.` };
}

function tooLoud(id: string, room: AlarmRoom): Found {
  return { code: 'clipping', source: id, message: `${room.nameOf(id)} is too loud and distorts. Turn it down or hold it further away.` };
}

function sinceOf({ code, source }: Found, before: readonly SoundAlarm[], wallMs: number): string {
  return before.find((alarm) => alarm.code === code && alarm.source === source)?.since ?? new Date(wallMs).toISOString();
}
