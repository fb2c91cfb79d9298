import { FLOOR_DBFS, LOUD_DBFS } from '#kit/ui/parts/meter-scale.ts';

export type SoundVerdict = 'quiet' | 'good' | 'loud';

const QUIET_DBFS = -42;
/** Speech pauses for breath and thought: the loudness that is judged sinks slowly. */
const FALL_DB_PER_S = 6;

/** The loudness to judge by: at once up, slowly down. */
export function held(before: number, dbfs: number, elapsedMs: number): number {
  return Math.max(dbfs, before - (FALL_DB_PER_S * elapsedMs) / 1000, FLOOR_DBFS);
}

export function soundVerdict(heldDbfs: number): SoundVerdict {
  if (heldDbfs > LOUD_DBFS) return 'loud';
  return heldDbfs < QUIET_DBFS ? 'quiet' : 'good';
}
