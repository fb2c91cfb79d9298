import type { Quality } from '#edge-relay/contract/operations.ts';
import { receivesH264 } from '#kit/ui/whep/connect.ts';
import { WhepPlayer } from '#kit/ui/whep/whep-player.svelte.ts';
import { ClassRoom } from './class-room.svelte.ts';
import { loadHls, persistently } from './hls-engine-load.ts';
import { HlsPlayer } from './hls-player.svelte.ts';
import { type Layer, layersOf } from './layers.ts';
import { PlaybackGrant } from './playback-grant.svelte.ts';
import { next, type Sight, type Transport, type TransportEvent, wantsWebrtc } from './transport.ts';

const LOOK_MS = 250;
/** Without a picture by now the other way is fetched, so that it is there when patience ends. */
const PREPARE_MS = 1_500;
/** With one too, in case it fails later: what fails is then often the network. Not at once: the first seconds are the picture's. */
const PREPARE_BEHIND_MS = 10_000;
const FEW_FRAMES = 5;
const STALE_MS = 1_000;
/** How the picture is, is told this often: ten thousand students are then some hundred words a second. */
const REPORT_MS = 15_000;
const FARTHEST_MS = 1e7;

/** Everything the watch page knows and does: the right to watch, the live class, and the picture by whichever way works. */
export class Watch {
  readonly grant: PlaybackGrant;
  readonly classRoom: ClassRoom;
  readonly whep: WhepPlayer;
  readonly hls: HlsPlayer;
  #layer = $state<string | null>(null);
  #layers = $state.raw<readonly Layer[] | null>(null);
  #transport = $state.raw<Transport>({ kind: 'webrtc', sinceMs: 0 });
  #attempt: AbortController | null = null;
  #attemptedAtMs = 0;
  #prepared: Promise<unknown> | null = null;
  #moved = 0;
  #movedAtMs = 0;
  #excused = false;
  #moving = $state(false);

  constructor(room: string) {
    this.grant = new PlaybackGrant(room);
    const playback = () => this.grant.playback;
    const token = () => playback()?.token ?? '';
    const clockOffsetMs = (): number => this.classRoom.clockOffsetMs;
    this.classRoom = new ClassRoom({ access: () => ({ url: playback()?.events ?? '', token: token() }), dismissed: () => this.grant.askAgain() });
    this.whep = new WhepPlayer({ sound: true, clockOffsetMs, endpoint: () => Promise.resolve(this.#whepEndpoint()) });
    this.hls = new HlsPlayer({ url: () => playback()?.hls ?? '', token, clockOffsetMs });
  }

  get transport(): Transport['kind'] {
    return this.#transport.kind;
  }
  get player(): WhepPlayer | HlsPlayer {
    return this.transport === 'hls' ? this.hls : this.whep;
  }
  /** A rendition by name, null for whatever suits. */
  get layer(): string | null {
    return this.#layer;
  }
  /** Null until they were looked up. */
  get layers(): readonly Layer[] | null {
    return this.#layers;
  }
  /** Sound comes, the picture hardly. */
  get weak(): boolean {
    // It stands because the browser paused it.
    if (this.player.paused) return false;
    if (this.transport === 'hls') return this.hls.stalled;
    const { atMs, fps } = this.whep.stats;
    return this.whep.hasPicture && atMs > 0 && fps < FEW_FRAMES;
  }

  /** The server is being emptied; another one, or the same a little later, goes on. */
  get moving(): boolean {
    return this.#moving || (this.transport === 'hls' && this.hls.refused === 'draining');
  }
  /** No place for one more viewer; asked again now and then. */
  get full(): boolean {
    return this.transport === 'hls' && this.hls.refused === 'edge_full';
  }

  /** Whether this browser could play the class by WebRTC, and why it could not. Looked at anew: Firefox may learn H.264 while the page waits. */
  get webrtc(): 'able' | 'absent' | 'no-h264' {
    if (!('RTCPeerConnection' in globalThis) || RTCPeerConnection === undefined) return 'absent';
    return receivesH264() ? 'able' : 'no-h264';
  }

  choose(layer: string | null): void {
    this.#layer = layer;
    this.hls.choose(layer);
    this.#attempt?.abort();
  }

  /** The renditions that the room has at this moment, off the playlist. */
  async findLayers(): Promise<void> {
    const response = await fetch(this.grant.playback?.hls ?? '', { cache: 'no-store' }).catch(() => null);
    this.#layers = response?.ok ? layersOf(await response.text()) : [];
  }

  /** While the class runs, and from a moment before its first picture: the way of the picture chosen by what WebRTC gives. */
  async runPicture(signal: AbortSignal): Promise<void> {
    // Those of an earlier run ended with it.
    this.#attempt = null;
    this.#prepared = null;
    this.#move({ type: 'class-started', able: this.webrtc === 'able', atMs: performance.now() });
    const timer = setInterval(() => this.#look(signal), LOOK_MS);
    const reporting = setInterval(() => this.classRoom.report(this.#quality()), REPORT_MS);
    this.#look(signal);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    clearInterval(timer);
    clearInterval(reporting);
  }

  #quality(): Quality {
    // A clock that is off by days says nothing of the picture.
    const { delayMs: measuredMs } = this.player;
    const delayMs = measuredMs === null || Math.abs(measuredMs) > FARTHEST_MS ? null : measuredMs;
    if (this.transport === 'hls') return { protocol: 'hls', ...this.hls.figures, delayMs };
    const { freezes, frozenSeconds: stalledSeconds, framesDropped } = this.whep.stats;
    return { protocol: 'whep', freezes, stalledSeconds, framesDropped, delayMs };
  }

  #look(signal: AbortSignal): void {
    const excused = this.classRoom.stage !== 'live' || !this.classRoom.connected;
    const saw = this.#sight();
    if (saw === 'picture') this.#movedAtMs = performance.now();
    // Between two tries there is no problem to read.
    const shows = saw === 'picture' || (this.transport === 'hls' && this.hls.hasPicture && !this.hls.stalled);
    if (shows || this.whep.problem) this.#moving = !shows && this.whep.problem?.code === 'draining';
    // The edge or the classroom is back: a session that gives nothing more is of before, and what waits for its next try need not.
    const stale = this.whep.phase === 'waiting' || (this.#moved > 0 && performance.now() - this.#movedAtMs > STALE_MS);
    if (this.#excused && !excused && stale) this.#attempt?.abort();
    this.#move({ type: 'looked', saw: excused || this.#excused ? 'excused' : saw, atMs: performance.now() });
    this.#excused = excused;
    if (!wantsWebrtc(this.#transport)) this.#attempt?.abort();
    else if (this.#attempt === null || this.#attempt.signal.aborted) this.#try(signal);
    const prepareMs = this.whep.hasPicture ? PREPARE_BEHIND_MS : PREPARE_MS;
    if (this.transport === 'webrtc' && performance.now() - this.#attemptedAtMs > prepareMs) this.#prepared ??= persistently(loadHls, signal);
  }

  #move(event: TransportEvent): void {
    this.#transport = next(this.#transport, event);
  }

  #try(signal: AbortSignal): void {
    this.#attempt = new AbortController();
    this.#attemptedAtMs = performance.now();
    this.#moved = 0;
    void this.whep.run(AbortSignal.any([signal, this.#attempt.signal]));
  }

  /** Shown: frames that were decoded. Hidden, behind HLS or in another tab, or paused, browsers may not decode: bytes. */
  #sight(): Sight {
    const { phase, stats, paused } = this.whep;
    // What had a picture is given the time to find it again.
    if (phase === 'waiting') return this.#moved > 0 ? 'nothing' : 'failed';
    const shown = this.transport === 'webrtc' && !document.hidden && !paused;
    const moved = phase === 'playing' ? (shown ? stats.framesDecoded : stats.videoBytes) : 0;
    if (moved === 0 || moved === this.#moved) return 'nothing';
    this.#moved = moved;
    return 'picture';
  }

  #whepEndpoint(): { url: string; token: string } {
    const url = new URL(this.grant.playback?.whep ?? '', location.href);
    if (this.#layer !== null) url.searchParams.set('layer', this.#layer);
    return { url: url.href, token: this.grant.playback?.token ?? '' };
  }
}
