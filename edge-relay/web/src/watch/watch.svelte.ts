import { WhepPlayer } from '#kit/ui/whep/whep-player.svelte.ts';
import { ClassRoom } from './class-room.svelte.ts';
import { HlsPlayer } from './hls-player.svelte.ts';
import { PlaybackGrant } from './playback-grant.svelte.ts';
import { next, type Transport } from './transport.ts';

const LOOK_MS = 250;

/** Everything the watch page knows and does: the right to watch, the live class, and the picture by whichever way works. */
export class Watch {
  readonly grant: PlaybackGrant;
  readonly classRoom = new ClassRoom();
  readonly whep: WhepPlayer;
  readonly hls: HlsPlayer;
  #layer = $state<string | null>(null);
  #transport = $state.raw<Transport>({ kind: 'webrtc', proven: false, sinceMs: performance.now() });
  #restart: AbortController | null = null;

  constructor(room: string) {
    this.grant = new PlaybackGrant(room);
    const clockOffsetMs = (): number => this.classRoom.clockOffsetMs;
    this.whep = new WhepPlayer({ sound: true, clockOffsetMs, endpoint: () => Promise.resolve(this.#whepEndpoint()) });
    this.hls = new HlsPlayer({
      get url() {
        return grant.playback?.hls ?? '';
      },
      token: () => this.grant.playback?.token ?? '',
      clockOffsetMs,
    });
    const { grant } = this;
  }

  get transport(): 'webrtc' | 'hls' {
    return this.#transport.kind;
  }
  get player(): WhepPlayer | HlsPlayer {
    return this.transport === 'hls' ? this.hls : this.whep;
  }
  get layer(): string | null {
    return this.#layer;
  }
  /** A rendition by name, null for the best. */
  choose(layer: string | null): void {
    this.#layer = layer;
    this.#restart?.abort();
  }

  /** The right to watch, the events socket once it is there. */
  async run(signal: AbortSignal): Promise<void> {
    await this.grant.run(signal);
  }

  runClassRoom(signal: AbortSignal): Promise<void> {
    return this.classRoom.run(() => ({ url: this.grant.playback?.events ?? '', token: this.grant.playback?.token ?? '' }), signal);
  }

  /** While the class is live: WebRTC tried for ever, the way chosen by what it gives. */
  async runPicture(signal: AbortSignal): Promise<void> {
    this.#transport = next(this.#transport, { type: 'class-started', atMs: performance.now() });
    const timer = setInterval(() => this.#look(), LOOK_MS);
    signal.addEventListener('abort', () => clearInterval(timer), { once: true });
    while (!signal.aborted) {
      this.#restart = new AbortController();
      await this.whep.run(AbortSignal.any([signal, this.#restart.signal]));
    }
  }

  #look(): void {
    const hasPicture = this.whep.phase === 'playing' && this.whep.stats.videoBytes > 0;
    this.#transport = next(this.#transport, { type: 'looked', hasPicture, atMs: performance.now() });
  }

  #whepEndpoint(): { url: string; token: string } {
    const url = new URL(this.grant.playback?.whep ?? '', location.href);
    if (this.#layer !== null) url.searchParams.set('layer', this.#layer);
    return { url: url.href, token: this.grant.playback?.token ?? '' };
  }
}
