import { goOnAir, type OnAir } from '#edge-relay/testing/on-air.ts';
import { bareHlsJs, watchPage } from '../players/browser.ts';
import { ffmpeg } from '../players/ffmpeg.ts';
import { gstreamer } from '../players/gstreamer.ts';
import { isHarmless, judge } from '../players/judge.ts';
import type { Played } from '../players/player.ts';
import { openBrowser } from '../product/browser.ts';
import type { Campaign } from './campaign.ts';

/** A playback token lasts ten minutes, and only the page renews its own. */
const MAX_MINUTES = 9;
const SEGMENTS_FIRST = 5;

/**
 * Players that others wrote, side by side for `count` minutes at one edge with a real encoder: hls.js (bare, and in the watch page), FFmpeg, and GStreamer with both its
 * demuxers. Whatever they complain of, and is not known to be harmless, is a broken promise; so is one that is not where the class is at the end.
 */
export const players: Campaign = async ({ count, say }) => {
  const seconds = Math.min(count, MAX_MINUTES) * 60;
  // All of them are one student, who may otherwise watch in three places.
  await using air = await goOnAir({ config: { loadTest: true } });
  // Who comes at the first second of a class finds less than players like to have before them.
  await air.segments(SEGMENTS_FIRST);
  const browser = await openBrowser();
  try {
    const hls = async (): Promise<string> => (await air.playback()).hls;
    const all = await Promise.all([
      hls().then((url) => bareHlsJs(browser, air.url)(url, seconds)), watchPage(browser)(air.watchUrl, seconds), hls().then((url) => ffmpeg(url, seconds)),
      hls().then((url) => gstreamer('uridecodebin3')(url, seconds)), hls().then((url) => gstreamer('uridecodebin')(url, seconds)),
    ]);
    await tell(all, air, say);
    return all.flatMap(judge);
  } finally {
    await browser.close();
  }
};

async function tell(all: readonly Played[], { edge }: OnAir, say: (words: string) => void): Promise<void> {
  for (const { name, seconds, moved, behind, complaints } of all) {
    say(`${name}: ${seconds.toFixed(1)} s, the class moved ${moved.toFixed(1)} s, ${behind.toFixed(1)} s behind, ${complaints.length} lines, ${complaints.filter(isHarmless).length} of them harmless`);
  }
  const { live } = (await edge.call('GET', '/api/rooms/room-1')).json as { live: boolean };
  say(`the class is ${live ? 'still on the air' : 'OFF the air'}`);
}
