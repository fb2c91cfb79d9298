import type { State } from '#appliance/contract/state.ts';
import type { IconName } from '#kit/ui/parts/icon.svelte';
import type { Words } from '../words/words.ts';

/** What must be seen from across the room, over the picture itself. */
export interface Banner {
  readonly tone: 'look' | 'rest';
  readonly icon: IconName;
  readonly heading: string;
  readonly sentence: string;
}

/** That nothing is recorded goes before everything else. */
export function bannerOf({ lesson, recording, stream }: State, words: Words): Banner | null {
  if (lesson.phase !== 'live' && lesson.phase !== 'paused') return null;
  if (recording.streamOnly) {
    return { tone: 'look', icon: 'look', heading: words.notRecordedHeading, sentence: stream.stopped ? words.notRecordedNoSpace : words.notRecordedButLive };
  }
  if (lesson.phase === 'paused') return { tone: 'rest', icon: 'pause', heading: words.pausedHeading, sentence: words.pausedSentence };
  return null;
}
