import { findBeeps } from '../reading/marks.ts';
import { syncOf } from '../reading/sync.ts';
import type { WatchProbe } from './watch-probe.ts';

/** Three beeps or four. */
export const LISTEN_MS = 18_000;
const FRAMES = 100;

/** How much later a student hears than sees, ms: beeps heard on the page against the time in the pictures shown. WebRTC only. */
export async function viewerSync(probe: WatchProbe): Promise<{ readonly offsetMs: number; readonly beeps: number }> {
  const [sound, sightings] = await Promise.all([probe.heard(LISTEN_MS), probe.sightings(FRAMES)]);
  const pcm = Buffer.from(sound.samples, 'base64');
  const samples = Float32Array.from({ length: pcm.length / 2 }, (_, index) => pcm.readInt16LE(index * 2) / 32_768);
  const beeps = findBeeps(samples, sound.sampleRate).map((sample) => sound.fromMs + (sample / sound.sampleRate) * 1000);
  return { offsetMs: syncOf(sightings.map(({ seenMs, shownMs }) => shownMs - seenMs), beeps), beeps: beeps.length };
}
