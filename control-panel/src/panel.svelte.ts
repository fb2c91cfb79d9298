import type { EventsMessage } from '#appliance/contract/api.ts';
import type { State } from '#appliance/contract/state.ts';
import { ApiError } from '#kit/ui/client/api-client.ts';
import { readStored, writeStored } from '#kit/ui/client/stored.ts';
import { FLOOR_DBFS } from '#kit/ui/parts/meter-scale.ts';
import { ClockOffset } from '#kit/ui/time/clock-offset.ts';
import { pause } from '#kit/ui/time/pause.ts';
import { Now } from '#kit/ui/time/now.svelte.ts';
import { language } from '#kit/ui/words/language-choice.svelte.ts';
import { BoxClient } from './link/box-client.ts';
import { begun, type BoxLink, type BoxLinkEvent, next, retryDelayMs, wordsNeeded } from './link/box-link.ts';
import { type Credentials, pairingOf, type PinSession, readSession, tokenOf, withoutToken } from './link/credentials.ts';
import { followEvents } from './link/events-connection.ts';
import { loadNewerPage } from './link/newer-page.ts';
import { held } from './picture/sound-verdict.ts';

const PAIRED = 'lectern.paired';
const SESSION = 'lectern.session';
const CLOCK_EVERY_MS = 60_000;
/** Between two heartbeats of this page's own display of the connection. */
const LOOK_MS = 500;
/** A page that looks twice a second and finds that so much time has passed has slept, and knows nothing of what was meanwhile. */
const SLEPT_MS = 5_000;
/** Answers may overtake each other by less than this; a state that is older by more was told after the box's clock was set back. */
const SET_BACK_MS = 5_000;
/** A state whose time is further off than this from what the box's clock is believed to be: one of the two clocks was set. */
const CLOCK_OFF_MS = 5_000;

export interface Levels {
  readonly program: number;
  readonly sources: Readonly<Record<string, number>>;
}

/** Everything the panel knows: who it is to the box, the box's state, and how fresh that is. */
export class Panel {
  #credentials = $state.raw<Credentials>({ paired: null, session: null });
  #wasPaired = $state(false);
  #link = $state.raw<BoxLink>(begun(0));
  #lookedAt = $state(0);
  #state = $state.raw<State | null>(null);
  #levels = $state.raw<Levels | null>(null);
  #loudness = $state(FLOOR_DBFS);
  #levelsAtMs = 0;
  #heardAtMs = 0;
  #offset = new ClockOffset();
  #send: ((message: object) => void) | null = null;
  /** Aborted to begin anew: somebody has signed in, the token was found refused, or this device has slept. */
  #connection = new AbortController();
  #awakeAt = 0;
  #clockDoubted = new AbortController();
  readonly now = new Now(() => this.#offset.ms);
  readonly box = new BoxClient(() => this.token);

  /** Null: the PIN is needed. */
  get token(): string | null {
    return tokenOf(this.#credentials);
  }
  get needsPin(): boolean {
    return this.token === null;
  }
  /** This was the room's own screen until the box stopped knowing it. */
  get wasPaired(): boolean {
    return this.#wasPaired;
  }
  get connection(): ReturnType<typeof wordsNeeded> {
    return wordsNeeded(this.#link, this.#lookedAt);
  }
  get stale(): boolean {
    return this.connection === 'lost';
  }
  /** The last state heard; kept, and shown as old, while the connection is lost. */
  get state(): State | null {
    return this.#state;
  }
  get levels(): Levels | null {
    return this.stale ? null : this.#levels;
  }
  /** Of the program, dBFS: at once up, slowly down, with every message and not only with a changed level, which silence never has. */
  get loudness(): number {
    return this.#loudness;
  }
  clockOffsetMs = (): number => this.#offset.ms;

  /** Before the first `run`: takes the pairing out of the address, so that it is not seen, shared or kept in the history. */
  readCredentials(): void {
    const pairing = pairingOf(location.hash);
    if (pairing !== null) {
      writeStored(PAIRED, pairing);
      history.replaceState(null, '', location.pathname + location.search);
    }
    const paired = pairing ?? readStored(PAIRED);
    this.#credentials = { paired, session: readSession(readStored(SESSION, 'tab')) };
  }

  /** @throws ApiError `wrong_pin`, `too_many_tries` */
  async signIn(pin: string): Promise<void> {
    const session: PinSession = await this.box.openSession(pin);
    writeStored(SESSION, JSON.stringify(session), 'tab');
    this.#credentials = { ...this.#credentials, session };
    this.#move({ type: 'began', atMs: performance.now() });
    this.#connection.abort();
  }

  /** The newest state is shown, whether it came with an action's answer or over the socket. */
  show(state: State): void {
    const olderMs = this.#state === null ? 0 : Date.parse(this.#state.at) - Date.parse(state.at);
    if (olderMs <= 0 || olderMs > SET_BACK_MS) this.#state = state;
  }

  /** The box did not accept some request's token: is it this page's that is of no use any more? */
  async checkToken(): Promise<void> {
    const { token } = this;
    if (token === null) return;
    const answer = await this.box.state().catch((error: unknown) => error);
    if (answer instanceof ApiError && answer.status === 401) this.#forget(token);
  }

  /** Sends steering over the open connection; false where there is none and a request must carry it. */
  send(message: object): boolean {
    this.#send?.(message);
    return this.#send !== null;
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#awakeAt = Date.now();
    const looking = setInterval(() => this.#look(), LOOK_MS);
    await Promise.all([this.now.run(signal), this.#keepClock(signal), this.#keepConnected(signal)]);
    clearInterval(looking);
  }

  #look(): void {
    const passedMs = Date.now() - this.#awakeAt;
    this.#awakeAt = Date.now();
    this.#lookedAt = performance.now();
    // A page behind others is woken a few times an hour only, and is still connected.
    if (passedMs < SLEPT_MS || document.hidden) return;
    this.#heardAtMs = 0;
    this.#connection.abort();
  }

  async #keepConnected(signal: AbortSignal): Promise<void> {
    this.#move({ type: 'began', atMs: performance.now() });
    while (!signal.aborted) {
      this.#connection = new AbortController();
      const unchanged = AbortSignal.any([signal, this.#connection.signal]);
      const { token } = this;
      if (token === null) await pause(2 ** 31 - 1, unchanged);
      else await this.#connect(token, unchanged);
    }
  }

  async #connect(token: string, signal: AbortSignal): Promise<void> {
    const ended = await this.#follow(token, signal);
    if (ended === 'refused') this.#forget(token);
    // What is shown has been growing old since the last word, not since the silence was noticed.
    else this.#move({ type: 'dropped', atMs: this.#heardAtMs });
    await pause(retryDelayMs(this.#link), signal);
  }

  async #follow(token: string, signal: AbortSignal): Promise<'dropped' | 'refused'> {
    const state = await this.#askClock(signal);
    if (state instanceof ApiError) return state.status === 401 ? 'refused' : 'dropped';
    this.show(state);
    this.#heardAtMs = performance.now();
    this.#move({ type: 'heard', atMs: this.#heardAtMs });
    void this.#takeLanguage(signal);
    return followEvents({
      url: `${location.origin.replace(/^http/, 'ws')}/api/events`,
      token,
      signal,
      onMessage: (message) => this.#receive(message),
      onSender: (send) => (this.#send = send),
    });
  }

  #receive(message: EventsMessage): void {
    this.#heardAtMs = performance.now();
    switch (message.type) {
      case 'welcome':
        // A box that was away may have come back as another version, with another page for this screen.
        void loadNewerPage();
        return this.#move({ type: 'welcomed' });
      case 'state':
        this.#doubtClock(Date.parse(message.state.at));
        return this.show(message.state);
      case 'levels':
        this.#levels = message;
        this.#loudness = held(this.#loudness, message.program, this.#heardAtMs - this.#levelsAtMs);
        this.#levelsAtMs = this.#heardAtMs;
    }
  }

  /** Without it the page keeps the browser's: nothing to tell anybody. */
  async #takeLanguage(signal: AbortSignal): Promise<void> {
    const settings = await this.box.settings(undefined, signal).catch(() => null);
    if (settings !== null) language.suggest(settings.language);
  }

  #forget(token: string): void {
    // The stored pairing stays: a box restored from a backup may know it again after a reload.
    const { paired, session } = this.#credentials;
    if (paired === token) this.#wasPaired = true;
    if (session?.token === token) writeStored(SESSION, null, 'tab');
    this.#credentials = withoutToken(this.#credentials, token);
    this.#connection.abort();
    if (this.token !== null) return;
    // Who signs in later is shown the room as it is then.
    this.#state = null;
    this.#move({ type: 'refused' });
  }

  /** Asks the box's clock a few times quickly, then each minute, and when a state's time does not fit. */
  async #keepClock(signal: AbortSignal): Promise<void> {
    for (let asked = 0; !signal.aborted; asked++) {
      this.#clockDoubted = new AbortController();
      if (this.token !== null) await this.#askClock(signal);
      await pause(1_000, signal);
      if (asked >= 3 && this.#offset.known) await pause(CLOCK_EVERY_MS, AbortSignal.any([signal, this.#clockDoubted.signal]));
    }
  }

  async #askClock(signal: AbortSignal): Promise<State | ApiError> {
    const askedAt = Date.now();
    const answer = await this.box.state(signal).catch((error: unknown) => {
      if (error instanceof ApiError) return error;
      throw error;
    });
    if (!(answer instanceof ApiError)) this.#offset.add({ askedAt, answeredAt: Date.now(), remoteAt: Date.parse(answer.at) });
    return answer;
  }

  #doubtClock(atMs: number): void {
    if (Math.abs(atMs - Date.now() - this.#offset.ms) > CLOCK_OFF_MS) this.#clockDoubted.abort();
  }

  #move(event: BoxLinkEvent): void {
    this.#link = next(this.#link, event);
    this.#lookedAt = performance.now();
  }
}
