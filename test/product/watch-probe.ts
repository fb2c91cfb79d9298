import type { Page } from 'playwright-core';
import { readTimecode } from '../reading/timecode.ts';
import { eventually, type Patience } from './eventually.ts';
import { heardInPage, loudnessInPage, sightingsInPage, type HeardSound, type Sighting } from './in-page.ts';

/** What a page's player really shows and plays, whatever the page says of itself. */
export class WatchProbe {
  readonly #page: Page;
  readonly #selector: string;

  constructor(page: Page, selector = 'video') {
    this.#page = page;
    this.#selector = selector;
  }

  /** Frames decoded by the element of the moment. */
  framesDecoded(): Promise<number> {
    return this.#page.evaluate<number>(`document.querySelector(${JSON.stringify(this.#selector)})?.getVideoPlaybackQuality().totalVideoFrames ?? 0`);
  }

  transport(): Promise<string | null> {
    return this.#page.getAttribute(this.#selector, 'data-transport', { timeout: 2_000 });
  }

  /** Waits until `frames` more frames were decoded than at the call (or, by a new element, in all). */
  async plays(what: string, { frames = 25, ...patience }: Patience & { readonly frames?: number } = {}): Promise<void> {
    let last = await this.framesDecoded();
    let more = 0;
    await eventually(`${what}: ${frames} frames`, async () => {
      const now = await this.framesDecoded();
      more += now >= last ? now - last : now;
      last = now;
      return more >= frames;
    }, patience);
  }

  /** Timecodes of the next frames in which one is readable; fewer than `count` when the time is up. */
  sightings(count: number, timeoutMs = 15_000): Promise<Sighting[]> {
    const options = JSON.stringify({ selector: this.#selector, count, timeoutMs });
    return this.#page.evaluate<Sighting[]>(`(${sightingsInPage.toString()})(${readTimecode.toString()}, ${options})`);
  }

  /** What is heard for a while, WebRTC only. */
  heard(durationMs: number): Promise<HeardSound> {
    return this.#page.evaluate(heardInPage, { selector: this.#selector, durationMs });
  }

  /** RMS in dBFS of the loudest tenth of a second. */
  loudness(durationMs = 2_000): Promise<number> {
    return this.#page.evaluate(loudnessInPage, { selector: this.#selector, durationMs });
  }
}

/** The median of how long ago the camera saw what was shown, ms. @throws Error when no frame was readable */
export function medianDelayMs(sightings: readonly Sighting[]): number {
  const delays = sightings.map(({ seenMs, shownMs }) => shownMs - seenMs).sort((a, b) => a - b);
  const median = delays[Math.floor(delays.length / 2)];
  if (median === undefined) throw new Error('No frame had a readable timecode.');
  return median;
}
