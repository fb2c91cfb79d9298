import { untrack } from 'svelte';
import { ApiError } from '../client/api-client.ts';
import { pause } from '../time/pause.ts';
import { watchPauses } from './browser-pauses.ts';
import { captureMsOf, DelayMeter } from './capture-time.ts';
import { type Link, type LinkEvent, next, type Problem } from './link.ts';
import { noStats, readStats, type ReceiveStats } from './receive-stats.ts';
import type { MediaEndpoint } from './connect.ts';
import { openSession, type WhepSession } from './session.ts';

export interface WhepPlayerOptions {
  /** Asked before every attempt, so that a token is fresh. Throw an `ApiError` to say why there is none. */
  readonly endpoint: (signal: AbortSignal) => Promise<MediaEndpoint>;
  readonly sound?: boolean;
  /** Milliseconds to add to this page's clock to read the sender's; the delay is as true as this is. */
  readonly clockOffsetMs?: () => number;
  /** Connected but no video bytes for this long: lost. */
  readonly stallMs?: number;
}

const LOOK_MS = 500;
const PROVEN_MS = 10_000;

/** Plays one WHEP address for as long as `run` runs, connecting again by itself. */
export class WhepPlayer {
  #options: WhepPlayerOptions;
  #link = $state.raw<Link>({ phase: 'idle' });
  #stream = $state.raw<MediaStream | null>(null);
  #stats = $state.raw<ReceiveStats>(noStats);
  #delayMs = $state<number | null>(null);
  #soundBlocked = $state(false);
  #paused = $state(false);
  #runs = 0;
  #meter = new DelayMeter();
  #elements: HTMLVideoElement[] = [];

  constructor(options: WhepPlayerOptions) {
    this.#options = options;
  }

  get phase(): Link['phase'] {
    return this.#link.phase;
  }
  /** Why it is not playing, null while all is well. */
  get problem(): Problem | null {
    return this.#link.phase === 'waiting' ? this.#link.problem : null;
  }
  get attempt(): number {
    return this.#link.phase === 'idle' ? 0 : this.#link.attempt;
  }
  get stats(): ReceiveStats {
    return this.#stats;
  }
  /** A frame has been decoded in this session. */
  get hasPicture(): boolean {
    return this.#stats.framesDecoded > 0;
  }
  /** What the element shows is of now. A picture whose session is over stays there, and is a still until the next one has a frame. */
  get showing(): boolean {
    return this.#link.phase === 'playing' && this.hasPicture;
  }
  /** Capture to display, milliseconds; null until a frame said so. */
  get delayMs(): number | null {
    return this.#delayMs;
  }
  /** The browser plays without sound until the person touches something: call `allowSound` from that touch. */
  get soundBlocked(): boolean {
    return this.#soundBlocked;
  }
  /** The browser has paused what is shown: call `play` or `allowSound` from a touch. */
  get paused(): boolean {
    return this.#paused;
  }

  /**
   * Resolves on abort; every failure is retried. Started from an effect, it does not make that effect depend on its state. A new run takes
   * the player over: one that was aborted in the same moment ends a little later, and no longer has a say in what is shown.
   */
  run(signal: AbortSignal): Promise<void> {
    return untrack(() => this.#keepPlaying(signal));
  }

  /** For `<video {@attach player.attach}>`: shows the stream of the moment in this element. */
  readonly attach = (video: HTMLVideoElement): (() => void) => {
    const stream = this.#stream;
    this.#elements.push(video);
    video.srcObject = stream;
    const stopWatching = stream === null ? [] : [this.#watchFrames(video), this.#watchPauses(video)];
    if (stream !== null) void this.#start(video);
    return () => {
      for (const stop of stopWatching) stop();
      this.#elements = this.#elements.filter((other) => other !== video);
      video.srcObject = null;
    };
  };

  /** From a touch or a key: gives the sound back that the browser held. */
  async allowSound(): Promise<void> {
    for (const video of this.#elements) video.muted = false;
    await this.play();
  }

  /** From a touch or a key: goes on with what the browser paused, as loud or silent as it was. */
  async play(): Promise<void> {
    for (const video of this.#elements) await this.#start(video);
  }

  async #keepPlaying(signal: AbortSignal): Promise<void> {
    const run = ++this.#runs;
    // Of an older run this is the last word: its own would come too late.
    this.#move(run, { type: 'stopped' });
    while (!signal.aborted) {
      this.#move(run, { type: 'started' });
      const problem = await this.#play(run, signal).catch(problemOf);
      if (signal.aborted) break;
      this.#move(run, { type: 'lost', problem });
      await pause(this.#link.phase === 'waiting' ? this.#link.delayMs : 0, signal);
    }
    this.#move(run, { type: 'stopped' });
  }

  #isNewest(run: number): boolean {
    return run === this.#runs;
  }

  #move(run: number, event: LinkEvent): void {
    if (this.#isNewest(run)) this.#link = next(this.#link, event);
  }

  async #play(run: number, signal: AbortSignal): Promise<Problem> {
    const own = new AbortController();
    const both = AbortSignal.any([signal, own.signal]);
    try {
      const endpoint = await this.#options.endpoint(both);
      const session = await openSession(endpoint, { sound: this.#options.sound ?? false, signal: both });
      this.#begin(run, session);
      return await Promise.race([session.lost.then((message) => ({ code: 'lost', message })), this.#lookUntilStalled(run, session, both)]);
    } finally {
      // Also where a session was granted and its answer could not be taken: it ends with its signal.
      own.abort();
    }
  }

  #begin(run: number, session: WhepSession): void {
    if (!this.#isNewest(run)) return;
    this.#stats = noStats;
    this.#meter = new DelayMeter();
    this.#stream = session.stream;
    this.#move(run, { type: 'connected' });
  }

  /** Looks at the receiver's figures twice a second; answers when bytes stopped coming. */
  async #lookUntilStalled(run: number, { peer }: WhepSession, signal: AbortSignal): Promise<Problem> {
    const beganAt = performance.now();
    let movedAt = beganAt;
    while (!signal.aborted) {
      const before = this.#stats;
      const report = (await peer.getStats()) as unknown as Map<string, { type: string }>;
      if (!this.#isNewest(run)) break;
      const now = performance.now();
      this.#stats = readStats(report.values(), before, now);
      if (this.#stats.videoBytes !== before.videoBytes) movedAt = now;
      if (now - movedAt > (this.#options.stallMs ?? 5_000)) break;
      if (now - beganAt > PROVEN_MS) this.#move(run, { type: 'proven' });
      if (this.#meter.medianMs === null) this.#measureAtReceiver(peer);
      this.#delayMs = this.#meter.medianMs;
      await pause(LOOK_MS, signal);
    }
    return { code: 'no_picture', message: 'The picture has stopped coming.' };
  }

  #watchPauses(video: HTMLVideoElement): () => void {
    return watchPauses(video, { paused: (is) => (this.#paused = is), start: () => void this.#start(video) });
  }

  #watchFrames(video: HTMLVideoElement): () => void {
    if (!('requestVideoFrameCallback' in video)) return () => undefined;
    let handle = 0;
    const shown = (_now: number, frame: VideoFrameCallbackMetadata) => {
      this.#measure(frame);
      handle = video.requestVideoFrameCallback(shown);
    };
    handle = video.requestVideoFrameCallback(shown);
    return () => video.cancelVideoFrameCallback(handle);
  }

  #measure(frame: VideoFrameCallbackMetadata): void {
    if (frame.rtpTimestamp !== undefined) this.#note(frame.rtpTimestamp, frame.expectedDisplayTime);
  }

  /** Where frame callbacks carry no RTP timestamp (or the page is hidden): the newest frame handed to the decoder, a little early. */
  #measureAtReceiver(peer: RTCPeerConnection): void {
    const video = peer.getReceivers().find(({ track }) => track.kind === 'video');
    const newest = video?.getSynchronizationSources()[0];
    if (newest !== undefined) this.#note(newest.rtpTimestamp, newest.timestamp - performance.timeOrigin);
  }

  /** @param shownAt milliseconds on the page's performance timeline */
  #note(rtpTimestamp: number, shownAt: number): void {
    const pageEpochMs = Date.now() - performance.now();
    const shownMs = pageEpochMs + shownAt + (this.#options.clockOffsetMs?.() ?? 0);
    this.#meter.add(captureMsOf(rtpTimestamp, shownMs), shownMs);
  }

  async #start(video: HTMLVideoElement): Promise<void> {
    try {
      await video.play();
      if (!video.muted) this.#soundBlocked = false;
    } catch (error) {
      // AbortError: a newer stream took this one's place, whose own start follows.
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
      // Some phones that save power play nothing at all without a touch.
      if (video.muted) return void (this.#paused = true);
      this.#soundBlocked = true;
      video.muted = true;
      await this.#start(video);
    }
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return { code: error.code, message: error.message };
  return { code: 'no_picture', message: error instanceof Error ? error.message : String(error) };
}
