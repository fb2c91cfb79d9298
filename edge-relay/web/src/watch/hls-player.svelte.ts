import { watchPauses } from '#kit/ui/whep/browser-pauses.ts';
import { looked, noStalls, type Stalls } from './stalls.ts';
import { loadHls, persistently } from './hls-engine-load.ts';
import { type HlsEngine, openHlsEngine } from './hls-engine.ts';

export interface HlsSource {
  readonly url: () => string;
  readonly token: () => string;
  /** Milliseconds to add to this page's clock to read the sender's. */
  readonly clockOffsetMs: () => number;
}

const LOOK_MS = 500;

/** Plays a low-latency HLS address in one element at a time. */
export class HlsPlayer {
  readonly #source: HlsSource;
  #delayMs = $state<number | null>(null);
  #hasPicture = $state(false);
  #stalled = $state(false);
  #soundBlocked = $state(false);
  #paused = $state(false);
  #refused = $state<string | null>(null);
  #video: HTMLVideoElement | null = null;
  #engine: HlsEngine | null = null;
  #layer: string | null = null;
  #stalls: Stalls = noStalls;

  constructor(source: HlsSource) {
    this.#source = source;
  }

  get delayMs(): number | null {
    return this.#delayMs;
  }
  get hasPicture(): boolean {
    return this.#hasPicture;
  }
  /** There was a picture, and the next one has not come in time. */
  get stalled(): boolean {
    return this.#stalled;
  }
  /** The code with which the edge gives no playlist; null where it does. */
  get refused(): string | null {
    return this.#refused;
  }
  get soundBlocked(): boolean {
    return this.#soundBlocked;
  }
  /** The browser has paused what is shown: call `play` or `allowSound` from a touch. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Of the element of the moment. */
  get figures(): { readonly freezes: number; readonly stalledSeconds: number; readonly framesDropped: number } {
    const { freezes, stalledMs } = this.#stalls;
    return { freezes, stalledSeconds: stalledMs / 1_000, framesDropped: this.#video?.getVideoPlaybackQuality().droppedVideoFrames ?? 0 };
  }

  choose(layer: string | null): void {
    this.#layer = layer;
    this.#engine?.choose(layer);
  }

  /** For `<video {@attach player.attach}>`. */
  readonly attach = (video: HTMLVideoElement): (() => void) => {
    const stop = new AbortController();
    this.#video = video;
    this.#stalls = noStalls;
    const timer = setInterval(() => this.#look(video), LOOK_MS);
    const stopWatching = watchPauses(video, { paused: (is) => (this.#paused = is), start: () => void this.#start(video) });
    void this.#open(video, stop.signal);
    return () => {
      stop.abort();
      stopWatching();
      clearInterval(timer);
      this.#engine?.close();
      this.#engine = null;
      this.#video = null;
      this.#hasPicture = false;
      this.#stalled = false;
      this.#refused = null;
      this.#delayMs = null;
    };
  };

  /** From a touch or a key. */
  async allowSound(): Promise<void> {
    if (!this.#video) return;
    this.#video.muted = false;
    this.#soundBlocked = false;
    await this.play();
  }

  /** From a touch or a key: goes on with what the browser paused, as loud or silent as it was. */
  async play(): Promise<void> {
    if (this.#video) await this.#start(this.#video);
  }

  async #open(video: HTMLVideoElement, signal: AbortSignal): Promise<void> {
    const { url, token } = this.#source;
    const library = await persistently(loadHls, signal);
    if (library === null) return;
    this.#engine = openHlsEngine(library, video, { url, token, layer: this.#layer, onRefused: (code) => (this.#refused = code) });
    await this.#start(video);
  }

  #look(video: HTMLVideoElement): void {
    const showing = video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && video.videoWidth > 0;
    this.#hasPicture ||= showing;
    this.#stalled = this.#hasPicture && video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
    this.#stalls = looked(this.#stalls, this.#stalled, performance.now());
    this.#engine?.keepUp();
    const captureMs = this.#engine?.shownCaptureMs() ?? null;
    this.#delayMs = captureMs === null ? null : Date.now() + this.#source.clockOffsetMs() - captureMs;
  }

  async #start(video: HTMLVideoElement): Promise<void> {
    try {
      await video.play();
      if (!video.muted) this.#soundBlocked = false;
    } catch (error) {
      // AbortError: the element was given something else to play meanwhile.
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
      // Some phones that save power play nothing at all without a touch.
      if (video.muted) return void (this.#paused = true);
      video.muted = true;
      this.#soundBlocked = true;
      await this.#start(video);
    }
  }
}
