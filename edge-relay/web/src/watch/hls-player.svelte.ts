import Hls from 'hls.js';

export interface HlsSource {
  readonly url: string;
  /** The playback token of the moment: playlists carry it, and it changes every ten minutes. */
  readonly token: () => string;
  /** Milliseconds to add to this page's clock to read the sender's. */
  readonly clockOffsetMs: () => number;
}

const LOOK_MS = 500;
const RESTART_MS = 1_000;

/** Plays a low-latency HLS address in one element at a time, with hls.js or, where there is none (iPhone), by the browser itself. */
export class HlsPlayer {
  #source: HlsSource;
  #delayMs = $state<number | null>(null);
  #hasPicture = $state(false);
  #soundBlocked = $state(false);
  #video: HTMLVideoElement | null = null;

  constructor(source: HlsSource) {
    this.#source = source;
  }

  get delayMs(): number | null {
    return this.#delayMs;
  }
  get hasPicture(): boolean {
    return this.#hasPicture;
  }
  get soundBlocked(): boolean {
    return this.#soundBlocked;
  }

  /** For `<video {@attach player.attach}>`. */
  readonly attach = (video: HTMLVideoElement): (() => void) => {
    this.#video = video;
    const stop = Hls.isSupported() ? this.#playWithHls(video) : playNatively(video, this.#source.url);
    const timer = setInterval(() => this.#look(video), LOOK_MS);
    void this.#start(video);
    return () => {
      clearInterval(timer);
      stop();
      this.#video = null;
      this.#hasPicture = false;
      this.#delayMs = null;
    };
  };

  /** From a touch or a key. */
  async allowSound(): Promise<void> {
    if (!this.#video) return;
    this.#video.muted = false;
    this.#soundBlocked = false;
    await this.#start(this.#video);
  }

  #hls: Hls | null = null;

  #playWithHls(video: HTMLVideoElement): () => void {
    const { url, token } = this.#source;
    const hls = new Hls({
      lowLatencyMode: true,
      backBufferLength: 15,
      maxLiveSyncPlaybackRate: 1.2,
      xhrSetup: (xhr, requested) => xhr.open('GET', withToken(requested, token()), true),
    });
    this.#hls = hls;
    let restart: ReturnType<typeof setTimeout> | undefined;
    hls.on(Hls.Events.ERROR, (_event, { fatal, type }) => {
      if (!fatal) return;
      if (type === Hls.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
      else restart = setTimeout(() => hls.loadSource(url), RESTART_MS);
    });
    hls.loadSource(url);
    hls.attachMedia(video);
    return () => {
      clearTimeout(restart);
      hls.destroy();
      this.#hls = null;
    };
  }

  #look(video: HTMLVideoElement): void {
    this.#hasPicture = video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && video.videoWidth > 0;
    const playing = this.#hls?.playingDate?.getTime();
    this.#delayMs = playing === undefined ? null : Date.now() + this.#source.clockOffsetMs() - playing;
  }

  async #start(video: HTMLVideoElement): Promise<void> {
    try {
      await video.play();
    } catch (error) {
      // AbortError: the element was given something else to play meanwhile.
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError' || video.muted) return;
      video.muted = true;
      this.#soundBlocked = true;
      await this.#start(video);
    }
  }
}

/** The address with this playback token in it; parts carry the room's signature instead and stay as they are. */
export function withToken(address: string, token: string): string {
  const url = new URL(address, 'http://relative.invalid');
  if (!url.searchParams.has('token')) return address;
  url.searchParams.set('token', token);
  return url.origin === 'http://relative.invalid' ? url.pathname + url.search : url.href;
}

function playNatively(video: HTMLVideoElement, url: string): () => void {
  video.src = url;
  return () => video.removeAttribute('src');
}
