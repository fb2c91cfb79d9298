import { expect, it } from 'vitest';
import { type Delivery, MOST_QUEUED_BYTES, MOST_QUEUED_WITH_SOUND_BYTES, nextPace, type Pace, RESUME_BELOW_BYTES, STUCK_MS } from './pace.ts';

const flowing: Pace = { kind: 'flowing' };
const waiting = (stuckSinceMs: number | null): Pace => ({ kind: 'waiting', stuckSinceMs });
const NOW = 1_000_000;

it.each<[string, Pace, number, boolean, Delivery, Pace]>([
  ['has read everything', flowing, 0, false, 'whole', flowing],
  ['is a little behind', flowing, MOST_QUEUED_BYTES, false, 'whole', flowing],
  ['falls behind: sound alone', flowing, MOST_QUEUED_BYTES + 1, false, 'sound', waiting(NOW)],
  ['falls behind at a keyframe', flowing, MOST_QUEUED_BYTES + 1, true, 'sound', waiting(NOW)],
  ['is far behind', flowing, MOST_QUEUED_WITH_SOUND_BYTES + 1, true, 'nothing', waiting(NOW)],
  ['has read some: not stuck, and not yet back', waiting(NOW - 5_000), MOST_QUEUED_BYTES, true, 'sound', waiting(null)],
  ['has read enough, between keyframes', waiting(null), 0, false, 'sound', waiting(null)],
  ['has read enough, and a keyframe comes', waiting(null), RESUME_BELOW_BYTES, true, 'anew', flowing],
  ['has read enough at once after being stuck', waiting(NOW - 5_000), 0, true, 'anew', flowing],
  ['reads nothing', waiting(NOW - STUCK_MS + 1), MOST_QUEUED_BYTES + 1, false, 'sound', waiting(NOW - STUCK_MS + 1)],
  ['has read nothing for too long', waiting(NOW - STUCK_MS), MOST_QUEUED_BYTES + 1, false, 'let-go', waiting(NOW - STUCK_MS)],
])('who %s', (_, pace, queuedBytes, keyframe, delivery, next) => {
  expect(nextPace(pace, { queuedBytes, keyframe, nowMs: NOW })).toEqual({ pace: next, delivery });
});
