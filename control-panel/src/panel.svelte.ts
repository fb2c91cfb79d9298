import type { EventsMessage } from '#appliance/contract/api.ts';
import type { State } from '#appliance/contract/state.ts';
import { ApiError } from '#kit/ui/client/api-client.ts';
import { readStored, writeStored } from '#kit/ui/client/stored.ts';
import { ClockOffset } from '#kit/ui/time/clock-offset.ts';
import { pause } from '#kit/ui/time/pause.ts';
import { Now } from '#kit/ui/time/now.svelte.ts';
import { language } from '#kit/ui/words/language-choice.svelte.ts';
import { BoxClient } from './link/box-client.ts';
import { begun, type BoxLink, type BoxLinkEvent, next, retryDelayMs, wordsNeeded } from './link/box-link.ts';
import { type Credentials, pairingOf, type PinSession, readSession, tokenOf, withoutToken } from './link/credentials.ts';
import { followEvents } from './link/events-connection.ts';

const PAIRED = 'lectern.paired';
const SESSION = 'lectern.session';
const CLOCK_EVERY_MS = 60_000;
/** Between two heartbeats of this page's own display of the connection. */
const LOOK_MS = 500;

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
  #offset = new ClockOffset();
  #send: ((message: object) => void) | null = null;
  #credentialsChanged = new AbortController();
  readonly now = new Now(() => this.#offset.ms);
  readonly box = new BoxClient(() => this.token);

  /** Null: the PIN is needed. */
  get token(): string | null {
    return tokenOf(this.#credentials, Date.now());
  }
  get needsPin(): boolean {
    return this.#link.phase === 'refused' || tokenOf(this.#credentials, this.now.ms) === null;
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
    this.#credentialsChanged.abort();
  }

  /** A state that an action answered with: newer than what the socket brought last. */
  show(state: State): void {
    if (this.#state === null || state.at >= this.#state.at) this.#state = state;
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
    const looking = setInterval(() => (this.#lookedAt = performance.now()), LOOK_MS);
    await Promise.all([this.now.run(signal), this.#keepClock(signal), this.#keepConnected(signal)]);
    clearInterval(looking);
  }

  async #keepConnected(signal: AbortSignal): Promise<void> {
    this.#move({ type: 'began', atMs: performance.now() });
    while (!signal.aborted) {
      const { token } = this;
      if (token === null || this.#link.phase === 'refused') {
        await this.#newCredentials(signal);
        this.#move({ type: 'began', atMs: performance.now() });
        continue;
      }
      const ended = await this.#follow(token, signal);
      if (ended === 'refused') this.#forget(token);
      else this.#move({ type: 'dropped', atMs: performance.now() });
      await pause(retryDelayMs(this.#link), signal);
    }
  }

  async #follow(token: string, signal: AbortSignal): Promise<'dropped' | 'refused'> {
    const state = await this.box.state(signal).catch((error: unknown) => error);
    if (state instanceof ApiError) return state.status === 401 ? 'refused' : 'dropped';
    this.show(state as State);
    void this.#takeLanguage(signal);
    return followEvents({
      url: `${location.origin.replace(/^http/, 'ws')}/api/events`,
      token,
      signal,
      onMessage: (message) => this.#receive(message),
      onSender: (send) => (this.#send = send),
      stillThere: () => this.#refresh(),
    });
  }

  #receive(message: EventsMessage): void {
    switch (message.type) {
      case 'welcome':
        return this.#move({ type: 'welcomed' });
      case 'state':
        return this.show(message.state);
      case 'levels':
        this.#levels = message;
    }
  }

  /** Without it the page keeps the browser's: nothing to tell anybody. */
  async #takeLanguage(signal: AbortSignal): Promise<void> {
    const settings = await this.box.settings(undefined, signal).catch(() => null);
    if (settings !== null) language.suggest(settings.language);
  }

  async #refresh(): Promise<boolean> {
    try {
      this.show(await this.box.state());
      return true;
    } catch (error) {
      if (error instanceof ApiError) return false;
      throw error;
    }
  }

  #forget(token: string): void {
    // The stored pairing stays: a box restored from a backup may know it again after a reload.
    if (this.#credentials.paired === token) this.#wasPaired = true;
    else writeStored(SESSION, null, 'tab');
    this.#credentials = withoutToken(this.#credentials, token);
    if (this.token === null) this.#move({ type: 'refused' });
  }

  async #newCredentials(signal: AbortSignal): Promise<void> {
    this.#credentialsChanged = new AbortController();
    await pause(2 ** 31 - 1, AbortSignal.any([signal, this.#credentialsChanged.signal]));
  }

  /** Asks the box's clock a few times quickly, then each minute. */
  async #keepClock(signal: AbortSignal): Promise<void> {
    for (let asked = 0; !signal.aborted; asked++) {
      const askedAt = Date.now();
      if (this.token !== null) {
        const state = await this.box.state(signal).catch(() => null);
        if (state !== null) this.#offset.add({ askedAt, answeredAt: Date.now(), remoteAt: Date.parse(state.at) });
      }
      await pause(asked < 3 || !this.#offset.known ? 1_000 : CLOCK_EVERY_MS, signal);
    }
  }

  #move(event: BoxLinkEvent): void {
    this.#link = next(this.#link, event);
    this.#lookedAt = performance.now();
  }
}
