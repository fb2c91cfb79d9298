import type { SourceState } from '#appliance/contract/sources.ts';
import type { Words } from '../words/words.ts';

export interface SourceVerdict {
  readonly tone: 'look' | 'rest';
  readonly sentence: string;
}

/** One or two words for a tile. That slides stand still is normal, and said. A microphone that is closed on purpose is no trouble. */
export function sourceVerdict({ kind, signal, verdict, advice, still }: SourceState, words: Words): SourceVerdict {
  if (signal !== 'ok') {
    if (advice === '') return { tone: 'rest', sentence: kind === 'microphone' ? words.sourceOff : words.sourceWaits };
    return { tone: 'look', sentence: signal === 'lost' ? words.sourceLost : words.sourceAbsent };
  }
  if (verdict !== 'ok') return { tone: 'look', sentence: words.verdicts(verdict) };
  return { tone: 'rest', sentence: still && kind !== 'camera' ? words.sourceStill : words.sourceGood };
}

/** `1920 × 1080 · 25/s`; nothing for sound, and while nothing comes. */
export function sourceSize({ signal, width, height, fps }: SourceState): string {
  return width === 0 || signal !== 'ok' ? '' : `${width} × ${height} · ${Math.round(fps)}/s`;
}
