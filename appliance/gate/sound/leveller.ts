/** Where the program's loudness is brought to, and how far it may be moved for that. */
const TARGET_LUFS = -16;
const GAIN_MAX_DB = 12;
/** Quieter is nobody speaking: the gain stays as it is, so that silence is never pumped up. */
const GATE_LUFS = -45;
/** Pauses between words are no part of how loud somebody speaks (BS.1770-4's relative gate). */
const RELATIVE_GATE_LU = 10;
/** Of the running mean. */
const MEMORY_S = 6;
/** Somebody who speaks more softly than the relative gate for a while is the new speaker: the mean sinks to them. */
const SINK_LU_PER_S = 2;
const RISE_DB_PER_S = 1.5;
const FALL_DB_PER_S = 3;

export interface Levelling {
  /** Mean loudness of the speech so far; null before the first. */
  readonly speechLufs: number | null;
  readonly gainDb: number;
}

export const UNLEVELLED: Levelling = { speechLufs: null, gainDb: 0 };

/** Brings speech slowly to -16 LUFS (pure). `momentaryLufs` is of the sound before the gain, `seconds` since the last call. */
export function level(before: Levelling, momentaryLufs: number, seconds: number): Levelling {
  if (momentaryLufs < GATE_LUFS) return before;
  const speechLufs = speechAfter(before.speechLufs, momentaryLufs, seconds);
  const wantedDb = Math.max(-GAIN_MAX_DB, Math.min(GAIN_MAX_DB, TARGET_LUFS - speechLufs));
  const stepDb = Math.max(-FALL_DB_PER_S * seconds, Math.min(RISE_DB_PER_S * seconds, wantedDb - before.gainDb));
  return { speechLufs, gainDb: before.gainDb + stepDb };
}

function speechAfter(speechLufs: number | null, momentaryLufs: number, seconds: number): number {
  if (speechLufs === null) return momentaryLufs;
  if (momentaryLufs < speechLufs - RELATIVE_GATE_LU) return speechLufs - SINK_LU_PER_S * seconds;
  const share = seconds / MEMORY_S;
  const power = (1 - share) * 10 ** (speechLufs / 10) + share * 10 ** (momentaryLufs / 10);
  return 10 * Math.log10(power);
}
