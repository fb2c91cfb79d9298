import type Hls from 'hls.js';
import { layerIn } from './layers.ts';
import { withToken } from './hls-address.ts';
import { refusalOf } from './hls-refusal.ts';

/** What plays in the element: hls.js, or where there is none (iPhone) the browser itself. */
export interface HlsEngine {
  /** Capture time of what is being shown, epoch ms by the box's clock. */
  shownCaptureMs(): number | null;
  choose(layer: string | null): void;
  /** Called now and then: who has fallen far behind (a stall, a page that slept) leaps to where the class is. */
  keepUp(): void;
  close(): void;
}

export interface HlsEngineOptions {
  readonly url: () => string;
  /** The playback token of the moment: playlists carry it, and it changes every ten minutes. */
  readonly token: () => string;
  readonly layer: string | null;
  /** The edge gives no playlist, with its code; null once it does. */
  readonly onRefused: (code: string | null) => void;
}

/** While a room is not ready (404, 503) or the edge starts again. */
const RESTART_MS = 1_000;
/** An edge that asks for a longer time is asked all the same. */
const LONGEST_MS = 60_000;
/** hls.js closes smaller distances by playing faster, and leaves larger ones as they are: a viewer may have gone back on purpose. Ours can't. */
const FAR_SECONDS = 2;
/** What a leap needs is loaded by then. */
const LEAP_EVERY_MS = 4_000;

export function openHlsEngine(library: typeof Hls, video: HTMLVideoElement, options: HlsEngineOptions): HlsEngine {
  return library.isSupported() ? withLibrary(library, video, options) : native(video, options);
}

function withLibrary(library: typeof Hls, video: HTMLVideoElement, { url, token, layer, onRefused }: HlsEngineOptions): HlsEngine {
  const hls = new library({
    lowLatencyMode: true,
    backBufferLength: 15,
    // The playlists' PART-HOLD-BACK (three parts) is the shortest safe distance: after a stall a little more, and back by playing faster.
    liveSyncOnStallIncrease: 0.3,
    maxLiveSyncPlaybackRate: 1.2,
    xhrSetup: (xhr, requested) => xhr.open('GET', withToken(requested, token()), true),
  });
  let restart: ReturnType<typeof setTimeout> | undefined;
  const choose = (id: string | null): void => {
    hls.nextLevel = id === null ? -1 : hls.levels.findIndex((level) => layerIn(level.uri) === id);
  };
  hls.on(library.Events.MANIFEST_PARSED, () => {
    onRefused(null);
    choose(layer);
  });
  hls.on(library.Events.ERROR, (_event, { fatal, type, networkDetails }) => {
    if (!fatal) return;
    clearTimeout(restart);
    if (type === library.ErrorTypes.MEDIA_ERROR) return hls.recoverMediaError();
    const refusal = refusalOf(networkDetails);
    onRefused(refusal?.code ?? null);
    restart = setTimeout(() => hls.loadSource(url()), Math.max(RESTART_MS, Math.min(refusal?.retryAfterMs ?? 0, LONGEST_MS)));
  });
  hls.loadSource(url());
  hls.attachMedia(video);
  let leaptAtMs = Number.NEGATIVE_INFINITY;
  return {
    shownCaptureMs: () => hls.playingDate?.getTime() ?? null,
    choose,
    keepUp: () => {
      const nowMs = performance.now();
      if (video.paused || hls.liveSyncPosition === null || hls.latency - (hls.targetLatency ?? Infinity) < FAR_SECONDS || nowMs - leaptAtMs < LEAP_EVERY_MS) return;
      leaptAtMs = nowMs;
      video.currentTime = hls.liveSyncPosition;
    },
    close: () => {
      clearTimeout(restart);
      hls.destroy();
    },
  };
}

function native(video: HTMLVideoElement & { getStartDate?: () => Date }, { url }: HlsEngineOptions): HlsEngine {
  let restart: ReturnType<typeof setTimeout> | undefined;
  const load = (): void => {
    video.src = url();
  };
  const failed = (): void => {
    clearTimeout(restart);
    restart = setTimeout(load, RESTART_MS);
  };
  video.addEventListener('error', failed);
  load();
  return {
    // Safari: the EXT-X-PROGRAM-DATE-TIME at the beginning of the element's timeline.
    shownCaptureMs: () => {
      const begins = video.getStartDate?.().getTime() ?? NaN;
      return Number.isNaN(begins) ? null : begins + video.currentTime * 1000;
    },
    choose: () => undefined,
    keepUp: () => undefined,
    close: () => {
      clearTimeout(restart);
      video.removeEventListener('error', failed);
      video.removeAttribute('src');
    },
  };
}
