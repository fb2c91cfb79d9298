import type { ReceivedFrame } from '#kit/webrtc/types.ts';

/** Browsers hold pictures back this long at most where the network is uneven (the edge's playout-delay extension). */
const PLAYOUT_MS = 500;
/** A picture that stands longer than this is seen to stand (W3C webrtc-stats: freezeCount's 150 ms over the average). */
const NOTICED_MS = 190;
const FRAME_MS = 40;

interface Shown {
  readonly captureMs: number;
  readonly arrivedMs: number;
}

/** What a viewer sees: frames that came whole and in sequence, each shown half a second after its capture or as soon as it came. */
export class PictureWatch {
  readonly #frames: Shown[] = [];

  add({ kind, captureUs }: ReceivedFrame): void {
    if (kind === 'video') this.#frames.push({ captureMs: captureUs / 1000, arrivedMs: Date.now() });
  }

  get frames(): number {
    return this.#frames.length;
  }

  /** Share of the time since `sinceMs` in which the picture stood, and the longest time it did. */
  freezes(sinceMs: number, untilMs = Date.now()): { readonly share: number; readonly longestMs: number; readonly medianDelayMs: number } {
    const frames = this.#frames.filter(({ arrivedMs }) => arrivedMs >= sinceMs && arrivedMs <= untilMs);
    const shown = frames.map(({ captureMs, arrivedMs }) => Math.max(arrivedMs, captureMs + PLAYOUT_MS)).toSorted((a, b) => a - b);
    const stood = [...shown, untilMs + PLAYOUT_MS].map((at, index) => at - (index === 0 ? sinceMs + PLAYOUT_MS : (shown[index - 1] ?? at)));
    const frozen = stood.filter((ms) => ms > NOTICED_MS).map((ms) => ms - FRAME_MS);
    const delays = frames.map(({ captureMs, arrivedMs }) => arrivedMs - captureMs).toSorted((a, b) => a - b);
    return {
      share: frozen.reduce((sum, ms) => sum + ms, 0) / Math.max(1, untilMs - sinceMs),
      longestMs: Math.round(Math.max(0, ...frozen)),
      medianDelayMs: Math.round(delays[Math.floor(delays.length / 2)] ?? 0),
    };
  }
}
