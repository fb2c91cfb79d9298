/** The short piece of `npm run faults -- players`: FFmpeg, bare hls.js and both of GStreamer's demuxers, side by side at one edge. */
import { expect, it } from 'vitest';
import { goOnAir } from '#edge-relay/testing/on-air.ts';
import { openBrowser } from '../product/browser.ts';
import { bareHlsJs } from './browser.ts';
import { ffmpeg } from './ffmpeg.ts';
import { gstreamer } from './gstreamer.ts';
import { isHarmless } from './judge.ts';

const SECONDS = 12;

it('FFmpeg, GStreamer and hls.js play HLS and have nothing to complain of', { timeout: 120_000 }, async () => {
  await using air = await goOnAir({ pages: false, config: { loadTest: true } });
  await air.segments(5);
  const browser = await openBrowser();
  try {
    const players = [ffmpeg, gstreamer('uridecodebin3'), gstreamer('uridecodebin'), bareHlsJs(browser, air.url)];
    const all = await Promise.all(players.map(async (play) => play((await air.playback()).hls, SECONDS)));
    for (const { name, seconds, moved, complaints } of all) {
      // A machine with much else to do may make a player wait; what is wrong with the stream it says all the same.
      const said = complaints.filter((line) => !isHarmless(line) && !line.includes('bufferStalledError'));
      expect([name, said]).toEqual([name, []]);
      expect([name, moved > seconds / 2]).toEqual([name, true]);
    }
  } finally {
    await browser.close();
  }
});
