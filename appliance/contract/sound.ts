/** The program's sound: what is mixed, how loud it is, and what is wrong with it. */
import Type, { type Static } from 'typebox';

const Level = (description: string) => Type.Number({ description });

/** How one source sounds. What a person set, where it is not what the box was configured with, is kept over a restart. */
export const SoundSetting = Type.Object(
  {
    gainDb: Type.Number({ minimum: -40, maximum: 20 }),
    /** Held back by so much beside what aligns the room's sources. */
    delayMs: Type.Integer({ minimum: 0, maximum: 500 }),
    muted: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type SoundSetting = Static<typeof SoundSetting>;

/** `POST /api/sound/:source` → `State`. What is left out stays as it was. 404 `unknown_source`. */
export const SoundRequest = Type.Partial(SoundSetting, { additionalProperties: false, minProperties: 1 });
export type SoundRequest = Static<typeof SoundRequest>;

export const SoundSourceState = Type.Object({
  id: Type.String(),
  ...SoundSetting.properties,
  /** Off air until one of the others fails. */
  backup: Type.Boolean(),
  onAir: Type.Boolean({ description: 'heard in the program, or would be if it were not muted' }),
  levelDbfs: Level('RMS of the last 100 ms before gain, -90 where silent'),
  peakDbfs: Level('highest sample of the last half second before gain'),
  driftPpm: Type.Union([Type.Number({ description: 'how much faster its clock runs than the program’s, parts per million' }), Type.Null()]),
});
export type SoundSourceState = Static<typeof SoundSourceState>;

export const SoundAlarm = Type.Object({
  code: Type.Enum(['silent', 'clipping', 'microphone-lost', 'backup-in-use']),
  /** The source it speaks of; null for the program as a whole. */
  source: Type.Union([Type.String(), Type.Null()]),
  message: Type.String({ description: 'what is wrong and what to do' }),
  since: Type.String({ format: 'date-time' }),
});
export type SoundAlarm = Static<typeof SoundAlarm>;

export const SoundState = Type.Object({
  program: Type.Object({
    levelDbfs: Level('RMS of the last 100 ms on air'),
    peakDbfs: Level('highest sample of the last half second on air'),
    loudnessLufs: Level('short-term loudness on air (BS.1770-4, 3 s), -70 where silent'),
    truePeakDbtp: Level('highest true peak of the last half second on air'),
    gainDb: Level('what the leveller adds now to reach -16 LUFS'),
  }),
  sources: Type.Array(SoundSourceState),
  alarms: Type.Array(SoundAlarm),
});
export type SoundState = Static<typeof SoundState>;
