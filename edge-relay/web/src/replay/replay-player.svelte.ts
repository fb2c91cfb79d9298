import type Hls from 'hls.js';

const RETRY_MS = 2_000;

/** Plays a recording: its position and speed, and whether what comes next is there. */
export class ReplayPlayer {
  readonly #playlist: () => Promise<string>;
  #video: HTMLVideoElement | null = null;
  paused = $state(true);
  position = $state(0);
  duration = $state(0);
  speed = $state(1);
  muted = $state(false);
  waiting = $state(false);
  broken = $state(false);

  /** @param playlist asked again when the old address has run out */
  constructor(playlist: () => Promise<string>) {
    this.#playlist = playlist;
  }

  toggle(): void {
    this.paused = !this.paused;
  }
  skip(seconds: number): void {
    this.position = Math.max(0, Math.min(this.duration || Infinity, this.position + seconds));
  }

  /** For `<video {@attach player.attach}>`. */
  readonly attach = (video: HTMLVideoElement): (() => void) => {
    const stop = new AbortController();
    this.#video = video;
    const hls = import('hls.js').then(({ default: library }) => this.#open(library, video, stop.signal));
    return () => {
      stop.abort();
      this.#video = null;
      void hls.then((opened) => opened?.destroy());
    };
  };

  async #open(library: typeof Hls, video: HTMLVideoElement, signal: AbortSignal): Promise<Hls | null> {
    const url = await this.#playlist();
    if (signal.aborted) return null;
    if (!library.isSupported()) {
      video.src = url;
      return null;
    }
    const hls = new library({ lowLatencyMode: false, maxBufferLength: 30 });
    hls.on(library.Events.FRAG_BUFFERED, () => (this.broken = false));
    hls.on(library.Events.ERROR, (_event, { fatal, type }) => {
      if (!fatal) return;
      this.broken = true;
      if (type === library.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
      else setTimeout(() => void this.#again(hls, signal), RETRY_MS);
    });
    hls.loadSource(url);
    hls.attachMedia(video);
    return hls;
  }

  /** The network failed, or the signed address ran out after some hours: on from where it stood. */
  async #again(hls: Hls, signal: AbortSignal): Promise<void> {
    const at = this.#video?.currentTime ?? 0;
    const url = await this.#playlist().catch(() => null);
    if (signal.aborted) return;
    if (url === null) {
      setTimeout(() => void this.#again(hls, signal), RETRY_MS);
      return;
    }
    hls.config.startPosition = at;
    hls.loadSource(url);
  }
}
